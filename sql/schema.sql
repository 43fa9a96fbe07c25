--
-- PostgreSQL database dump
--

\restrict palimpsest

-- Dumped from database version 18.6
-- Dumped by pg_dump version 18.6

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET transaction_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: archive_month_of_attempts(date); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.archive_month_of_attempts(month date) RETURNS boolean
    LANGUAGE plpgsql
    AS $$
declare
    name text := attempts_partition(date_trunc('month', month)::date);
    first timestamptz := date_trunc('month', month::timestamp) at time zone 'UTC';
    next timestamptz := (date_trunc('month', month::timestamp) + interval '1 month') at time zone 'UTC';
    waiting regclass;
begin
    if not exists (select from pg_inherits where inhrelid = to_regclass(name) and inhparent = 'challenge_attempts'::regclass) then
        return false;
    end if;
    select i.inhrelid into waiting
    from pg_inherits i
    join pg_index x on x.indexrelid = i.inhrelid
    where i.inhparent = 'attempts_waiting'::regclass and x.indrelid = to_regclass(name);
    execute format('alter table challenge_attempts detach partition %I', name);
    execute format('drop index %s', waiting);
    execute format('alter table challenge_attempts_archive attach partition %I for values from (%L) to (%L)', name, first, next);
    return true;
end $$;


--
-- Name: attempts_of_verdicts(text[], text[]); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.attempts_of_verdicts(judged_hashes text[], code_hashes text[]) RETURNS TABLE(judged_hash text, code_hash text, attempts integer)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $_$
    select wanted.judged_hash, wanted.code_hash, (
        select count(*)::int
        from attempts a
        join challenge_versions v on v.id = a.version_id
        where a.code_hash = wanted.code_hash and v.judged_hash = wanted.judged_hash
    )
    from unnest($1::text[], $2::text[]) as wanted (judged_hash, code_hash);
$_$;


--
-- Name: attempts_partition(date); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.attempts_partition(month date) RETURNS text
    LANGUAGE sql IMMUTABLE
    RETURN ('challenge_attempts_'::text || to_char((month)::timestamp with time zone, 'YYYY_MM'::text));


--
-- Name: experiment_counts(uuid[]); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.experiment_counts(ids uuid[]) RETURNS TABLE(experiment_id uuid, phase integer, version_id uuid, weight integer, exposures integer, completions integer, begun integer, attempts bigint, scored integer, score_sum bigint, completing_attempts bigint, completing_squares bigint, settled integer, abandoned integer)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $_$
    select a.experiment_id, a.phase, a.version_id, a.weight,
        count(*)::int,
        (count(*) filter (where p.completed_at <= coalesce(e.stopped_at, 'infinity')))::int,
        count(p.user_id)::int,
        coalesce(sum(p.total_attempts), 0)::bigint,
        count(p.best_score)::int,
        coalesce(sum(p.best_score), 0)::bigint,
        coalesce(sum(l.attempts), 0)::bigint,
        coalesce(sum(l.attempts::bigint * l.attempts), 0)::bigint,
        -- Who came more than a day ago has had time to finish, and to give up.
        (count(*) filter (where a.assigned_at < now() - interval '1 day'))::int,
        (count(*) filter (where a.assigned_at < now() - interval '1 day' and p.completed_at is null
            and coalesce(p.last_attempt_at, p.started_at, a.assigned_at) < now() - interval '1 day'))::int
    from experiment_assignments a
    join experiments e on e.id = a.experiment_id
    left join user_progress p on p.user_id = a.user_id and p.challenge_id = a.challenge_id
    left join leaderboard_entries l on l.user_id = a.user_id and l.challenge_id = a.challenge_id
        and l.completed_at <= coalesce(e.stopped_at, 'infinity')
    where a.experiment_id = any($1)
    group by a.experiment_id, a.phase, a.version_id, a.weight
    order by a.experiment_id, a.phase, a.version_id
$_$;


--
-- Name: experiment_errors(uuid); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.experiment_errors(id uuid) RETURNS TABLE(version_id uuid, judged integer, with_errors integer)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $_$
    select a.version_id, count(*)::int,
        (count(*) filter (where t.status = 'ERROR'
            or t.results @? '$[*] ? (@.outcome == "ERROR" || @.outcome == "TIMEOUT" || @.outcome == "CRASHED")'))::int
    from experiment_assignments a
    join challenge_attempts t on t.user_id = a.user_id and t.challenge_id = a.challenge_id
        and t.version_id = a.version_id and t.created_at >= a.assigned_at - interval '1 second'
    where a.experiment_id = $1 and t.status in ('PASSED', 'FAILED', 'ERROR')
    group by a.version_id
$_$;


--
-- Name: learners_of_challenge(uuid, text); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.learners_of_challenge(challenge uuid, judged text) RETURNS TABLE(pinned integer, in_progress integer, completed integer, solved integer)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
    with same as (
        select v.id from challenge_versions v where v.challenge_id = challenge and v.judged_hash = judged
    ), counted as (
        select p.status, p.pinned_version_id in (select id from same) as is_pinned,
            coalesce(p.completed_version_id in (select id from same), false) as has_passed
        from user_progress p
        where p.challenge_id = challenge
    )
    select count(*) filter (where is_pinned)::int, count(*) filter (where status = 'IN_PROGRESS')::int,
        count(*) filter (where status = 'COMPLETED')::int,
        count(*) filter (where status = 'COMPLETED' and (is_pinned or has_passed))::int
    from counted;
$$;


--
-- Name: make_month_of_attempts(date); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.make_month_of_attempts(month date) RETURNS boolean
    LANGUAGE plpgsql
    AS $$
declare
    name text := attempts_partition(date_trunc('month', month)::date);
    first timestamptz := date_trunc('month', month::timestamp) at time zone 'UTC';
    next timestamptz := (date_trunc('month', month::timestamp) + interval '1 month') at time zone 'UTC';
begin
    if to_regclass(name) is not null then
        return false;
    end if;
    alter table challenge_attempts detach partition challenge_attempts_default;
    execute format('create table %I partition of challenge_attempts for values from (%L) to (%L)', name, first, next);
    execute format('alter table %I owner to %I', name,
        (select pg_get_userbyid(relowner) from pg_class where oid = 'challenge_attempts'::regclass));
    execute format('insert into %I select * from challenge_attempts_default where created_at >= %L and created_at < %L',
        name, first, next);
    delete from challenge_attempts_default where created_at >= first and created_at < next;
    alter table challenge_attempts attach partition challenge_attempts_default default;
    return true;
end $$;


--
-- Name: replay_samples(uuid, integer); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.replay_samples(replay uuid, most integer) RETURNS TABLE(kind text, code_hash text, learners integer, html text, css text, js text)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
    select i.kind, i.code_hash, i.learners, a.code_html, a.code_css, a.code_js
    from (
        select r.*, row_number() over (partition by r.kind order by r.learners desc, r.ordinal) as place
        from replay_items r
        where r.replay_id = replay
            and r.outcome = case r.kind when 'ACCEPTED' then 'FAILED' else 'PASSED' end
    ) i
    join attempts a on a.user_id = i.user_id and a.created_at = i.created_at and a.id = i.attempt_id
    where i.place <= most
    order by i.kind, i.place;
$$;


--
-- Name: slow_statements(integer); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.slow_statements(most integer) RETURNS TABLE(query text, calls bigint, total_ms double precision, mean_ms double precision, rows bigint)
    LANGUAGE plpgsql STABLE
    AS $_$
begin
    if to_regclass('pg_stat_statements') is not null then
        return query execute
            'select s.query, s.calls, s.total_exec_time, s.mean_exec_time, s.rows'
            ' from pg_stat_statements s'
            ' join pg_database d on d.oid = s.dbid and d.datname = current_database()'
            ' where s.query <> ''<insufficient privilege>'''
            ' order by s.total_exec_time desc limit $1' using most;
    end if;
end $_$;


SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: api_tokens; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.api_tokens (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    name text NOT NULL,
    token_hash bytea NOT NULL,
    scopes text[] NOT NULL,
    created_at timestamp with time zone NOT NULL,
    last_used_at timestamp with time zone,
    expires_at timestamp with time zone,
    revoked_at timestamp with time zone,
    CONSTRAINT api_tokens_name_check CHECK (((char_length(name) >= 1) AND (char_length(name) <= 80))),
    CONSTRAINT api_tokens_scopes_check CHECK ((scopes <@ ARRAY['content:read'::text, 'content:write'::text, 'content:publish'::text, 'grade'::text, 'operate'::text]))
);


--
-- Name: challenge_attempts; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.challenge_attempts (
    user_id uuid NOT NULL,
    created_at timestamp with time zone NOT NULL,
    id uuid NOT NULL,
    challenge_id uuid NOT NULL,
    version_id uuid NOT NULL,
    number integer NOT NULL,
    code_html text NOT NULL,
    code_css text NOT NULL,
    code_js text NOT NULL,
    status text NOT NULL,
    score integer,
    results jsonb,
    graded_at timestamp with time zone,
    graded_by uuid,
    code_hash text,
    tries integer DEFAULT 0 NOT NULL,
    failures integer DEFAULT 0 NOT NULL,
    run_status text,
    page_errors jsonb,
    rejudged_at timestamp with time zone[] DEFAULT '{}'::timestamp with time zone[] NOT NULL,
    CONSTRAINT challenge_attempts_check CHECK (((status = ANY (ARRAY['PASSED'::text, 'FAILED'::text])) = (score IS NOT NULL))),
    CONSTRAINT challenge_attempts_number_check CHECK ((number >= 1)),
    CONSTRAINT challenge_attempts_score_check CHECK (((score >= 0) AND (score <= 100))),
    CONSTRAINT challenge_attempts_status_check CHECK ((status = ANY (ARRAY['QUEUED'::text, 'RUNNING'::text, 'PASSED'::text, 'FAILED'::text, 'ERROR'::text, 'INCONCLUSIVE'::text])))
)
PARTITION BY RANGE (created_at);

ALTER TABLE ONLY public.challenge_attempts FORCE ROW LEVEL SECURITY;


--
-- Name: challenge_attempts_archive; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.challenge_attempts_archive (
    user_id uuid CONSTRAINT challenge_attempts_user_id_not_null NOT NULL,
    created_at timestamp with time zone CONSTRAINT challenge_attempts_created_at_not_null NOT NULL,
    id uuid CONSTRAINT challenge_attempts_id_not_null NOT NULL,
    challenge_id uuid CONSTRAINT challenge_attempts_challenge_id_not_null NOT NULL,
    version_id uuid CONSTRAINT challenge_attempts_version_id_not_null NOT NULL,
    number integer CONSTRAINT challenge_attempts_number_not_null NOT NULL,
    code_html text CONSTRAINT challenge_attempts_code_html_not_null NOT NULL,
    code_css text CONSTRAINT challenge_attempts_code_css_not_null NOT NULL,
    code_js text CONSTRAINT challenge_attempts_code_js_not_null NOT NULL,
    status text CONSTRAINT challenge_attempts_status_not_null NOT NULL,
    score integer,
    results jsonb,
    graded_at timestamp with time zone,
    graded_by uuid,
    code_hash text,
    tries integer DEFAULT 0 NOT NULL,
    failures integer DEFAULT 0 NOT NULL,
    run_status text,
    page_errors jsonb,
    rejudged_at timestamp with time zone[] DEFAULT '{}'::timestamp with time zone[] NOT NULL,
    CONSTRAINT challenge_attempts_check CHECK (((status = ANY (ARRAY['PASSED'::text, 'FAILED'::text])) = (score IS NOT NULL))),
    CONSTRAINT challenge_attempts_number_check CHECK ((number >= 1)),
    CONSTRAINT challenge_attempts_score_check CHECK (((score >= 0) AND (score <= 100))),
    CONSTRAINT challenge_attempts_status_check CHECK ((status = ANY (ARRAY['QUEUED'::text, 'RUNNING'::text, 'PASSED'::text, 'FAILED'::text, 'ERROR'::text, 'INCONCLUSIVE'::text])))
)
PARTITION BY RANGE (created_at);

ALTER TABLE ONLY public.challenge_attempts_archive FORCE ROW LEVEL SECURITY;


--
-- Name: attempts; Type: VIEW; Schema: public; Owner: -
--

CREATE VIEW public.attempts WITH (security_invoker='true') AS
 SELECT challenge_attempts.user_id,
    challenge_attempts.created_at,
    challenge_attempts.id,
    challenge_attempts.challenge_id,
    challenge_attempts.version_id,
    challenge_attempts.number,
    challenge_attempts.code_html,
    challenge_attempts.code_css,
    challenge_attempts.code_js,
    challenge_attempts.status,
    challenge_attempts.score,
    challenge_attempts.results,
    challenge_attempts.graded_at,
    challenge_attempts.graded_by,
    challenge_attempts.code_hash,
    challenge_attempts.run_status,
    challenge_attempts.page_errors,
    challenge_attempts.rejudged_at
   FROM public.challenge_attempts
UNION ALL
 SELECT challenge_attempts_archive.user_id,
    challenge_attempts_archive.created_at,
    challenge_attempts_archive.id,
    challenge_attempts_archive.challenge_id,
    challenge_attempts_archive.version_id,
    challenge_attempts_archive.number,
    challenge_attempts_archive.code_html,
    challenge_attempts_archive.code_css,
    challenge_attempts_archive.code_js,
    challenge_attempts_archive.status,
    challenge_attempts_archive.score,
    challenge_attempts_archive.results,
    challenge_attempts_archive.graded_at,
    challenge_attempts_archive.graded_by,
    challenge_attempts_archive.code_hash,
    challenge_attempts_archive.run_status,
    challenge_attempts_archive.page_errors,
    challenge_attempts_archive.rejudged_at
   FROM public.challenge_attempts_archive;


--
-- Name: audit_events; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.audit_events (
    seq bigint NOT NULL,
    id uuid NOT NULL,
    action text NOT NULL,
    actor_id uuid,
    subject_id uuid,
    detail jsonb NOT NULL,
    at timestamp with time zone NOT NULL,
    previous_hash text NOT NULL,
    hash text NOT NULL
);


--
-- Name: audit_head; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.audit_head (
    is_only boolean DEFAULT true NOT NULL,
    seq bigint NOT NULL,
    hash text NOT NULL,
    at timestamp with time zone NOT NULL,
    CONSTRAINT audit_head_is_only_check CHECK (is_only)
);


--
-- Name: challenge_attempts_default; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.challenge_attempts_default (
    user_id uuid CONSTRAINT challenge_attempts_user_id_not_null NOT NULL,
    created_at timestamp with time zone CONSTRAINT challenge_attempts_created_at_not_null NOT NULL,
    id uuid CONSTRAINT challenge_attempts_id_not_null NOT NULL,
    challenge_id uuid CONSTRAINT challenge_attempts_challenge_id_not_null NOT NULL,
    version_id uuid CONSTRAINT challenge_attempts_version_id_not_null NOT NULL,
    number integer CONSTRAINT challenge_attempts_number_not_null NOT NULL,
    code_html text CONSTRAINT challenge_attempts_code_html_not_null NOT NULL,
    code_css text CONSTRAINT challenge_attempts_code_css_not_null NOT NULL,
    code_js text CONSTRAINT challenge_attempts_code_js_not_null NOT NULL,
    status text CONSTRAINT challenge_attempts_status_not_null NOT NULL,
    score integer,
    results jsonb,
    graded_at timestamp with time zone,
    graded_by uuid,
    code_hash text,
    tries integer DEFAULT 0 CONSTRAINT challenge_attempts_tries_not_null NOT NULL,
    failures integer DEFAULT 0 CONSTRAINT challenge_attempts_failures_not_null NOT NULL,
    run_status text,
    page_errors jsonb,
    rejudged_at timestamp with time zone[] DEFAULT '{}'::timestamp with time zone[] CONSTRAINT challenge_attempts_rejudged_at_not_null NOT NULL,
    CONSTRAINT challenge_attempts_check CHECK (((status = ANY (ARRAY['PASSED'::text, 'FAILED'::text])) = (score IS NOT NULL))),
    CONSTRAINT challenge_attempts_number_check CHECK ((number >= 1)),
    CONSTRAINT challenge_attempts_score_check CHECK (((score >= 0) AND (score <= 100))),
    CONSTRAINT challenge_attempts_status_check CHECK ((status = ANY (ARRAY['QUEUED'::text, 'RUNNING'::text, 'PASSED'::text, 'FAILED'::text, 'ERROR'::text, 'INCONCLUSIVE'::text])))
);


--
-- Name: challenges; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.challenges (
    id uuid NOT NULL,
    lesson_id uuid NOT NULL,
    slug text NOT NULL,
    "position" integer NOT NULL,
    is_published boolean DEFAULT false NOT NULL,
    deleted_at timestamp with time zone,
    slug_released boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone NOT NULL,
    created_by uuid NOT NULL,
    draft_revision integer DEFAULT 1 NOT NULL,
    title text NOT NULL,
    instructions text NOT NULL,
    difficulty text NOT NULL,
    points integer NOT NULL,
    estimated_time_minutes integer NOT NULL,
    starter_html text NOT NULL,
    starter_css text NOT NULL,
    starter_js text NOT NULL,
    solution_hash text,
    tests jsonb NOT NULL,
    hints jsonb NOT NULL,
    content_hash text NOT NULL,
    judged_hash text NOT NULL,
    draft_updated_at timestamp with time zone NOT NULL,
    draft_updated_by uuid NOT NULL,
    draft_editors uuid[] NOT NULL,
    draft_restored_from uuid,
    applied_hash text,
    hooks jsonb DEFAULT '{}'::jsonb NOT NULL,
    libraries jsonb DEFAULT '[]'::jsonb NOT NULL,
    CONSTRAINT challenges_check CHECK ((NOT (is_published AND (deleted_at IS NOT NULL)))),
    CONSTRAINT challenges_check1 CHECK (((NOT slug_released) OR (deleted_at IS NOT NULL))),
    CONSTRAINT challenges_difficulty_check CHECK ((difficulty = ANY (ARRAY['EASY'::text, 'MEDIUM'::text, 'HARD'::text]))),
    CONSTRAINT challenges_draft_revision_check CHECK ((draft_revision >= 1)),
    CONSTRAINT challenges_estimated_time_minutes_check CHECK ((estimated_time_minutes > 0)),
    CONSTRAINT challenges_hints_check CHECK ((jsonb_typeof(hints) = 'array'::text)),
    CONSTRAINT challenges_hooks_check CHECK ((jsonb_typeof(hooks) = 'object'::text)),
    CONSTRAINT challenges_libraries_check CHECK ((jsonb_typeof(libraries) = 'array'::text)),
    CONSTRAINT challenges_points_check CHECK ((points >= 0)),
    CONSTRAINT challenges_position_check CHECK (("position" >= 1)),
    CONSTRAINT challenges_slug_check CHECK (((slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'::text) AND (char_length(slug) <= 100))),
    CONSTRAINT challenges_tests_check CHECK ((jsonb_typeof(tests) = 'array'::text)),
    CONSTRAINT challenges_title_check CHECK (((char_length(title) >= 1) AND (char_length(title) <= 200)))
);


--
-- Name: lessons; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.lessons (
    id uuid NOT NULL,
    module_id uuid NOT NULL,
    slug text NOT NULL,
    title text NOT NULL,
    "position" integer NOT NULL,
    is_published boolean DEFAULT false NOT NULL,
    deleted_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT lessons_check CHECK ((NOT (is_published AND (deleted_at IS NOT NULL)))),
    CONSTRAINT lessons_position_check CHECK (("position" >= 1)),
    CONSTRAINT lessons_slug_check CHECK (((slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'::text) AND (char_length(slug) <= 100))),
    CONSTRAINT lessons_title_check CHECK (((char_length(title) >= 1) AND (char_length(title) <= 200)))
);


--
-- Name: modules; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.modules (
    id uuid NOT NULL,
    track_id uuid NOT NULL,
    slug text NOT NULL,
    title text NOT NULL,
    "position" integer NOT NULL,
    is_published boolean DEFAULT false NOT NULL,
    deleted_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT modules_check CHECK ((NOT (is_published AND (deleted_at IS NOT NULL)))),
    CONSTRAINT modules_position_check CHECK (("position" >= 1)),
    CONSTRAINT modules_slug_check CHECK (((slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'::text) AND (char_length(slug) <= 100))),
    CONSTRAINT modules_title_check CHECK (((char_length(title) >= 1) AND (char_length(title) <= 200)))
);


--
-- Name: tracks; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.tracks (
    id uuid NOT NULL,
    slug text NOT NULL,
    title text NOT NULL,
    description text NOT NULL,
    "position" integer NOT NULL,
    is_published boolean DEFAULT false NOT NULL,
    deleted_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT tracks_check CHECK ((NOT (is_published AND (deleted_at IS NOT NULL)))),
    CONSTRAINT tracks_description_check CHECK ((char_length(description) <= 5000)),
    CONSTRAINT tracks_position_check CHECK (("position" >= 1)),
    CONSTRAINT tracks_slug_check CHECK (((slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'::text) AND (char_length(slug) <= 100))),
    CONSTRAINT tracks_title_check CHECK (((char_length(title) >= 1) AND (char_length(title) <= 200)))
);


--
-- Name: track_nodes; Type: VIEW; Schema: public; Owner: -
--

CREATE VIEW public.track_nodes WITH (security_invoker='true') AS
 SELECT id,
    slug,
    title,
    description,
    "position",
    is_published,
    deleted_at,
    created_at,
        CASE
            WHEN (deleted_at IS NOT NULL) THEN 'ARCHIVED'::text
            WHEN is_published THEN 'PUBLISHED'::text
            ELSE 'DRAFT'::text
        END AS state,
    slug AS path,
    (is_published AND (deleted_at IS NULL)) AS shown
   FROM public.tracks t;


--
-- Name: module_nodes; Type: VIEW; Schema: public; Owner: -
--

CREATE VIEW public.module_nodes WITH (security_invoker='true') AS
 SELECT m.id,
    m.track_id,
    m.slug,
    m.title,
    m."position",
    m.is_published,
    m.deleted_at,
    m.created_at,
        CASE
            WHEN (m.deleted_at IS NOT NULL) THEN 'ARCHIVED'::text
            WHEN m.is_published THEN 'PUBLISHED'::text
            ELSE 'DRAFT'::text
        END AS state,
    ((t.path || '/'::text) || m.slug) AS path,
    (t.shown AND m.is_published AND (m.deleted_at IS NULL)) AS shown
   FROM (public.modules m
     JOIN public.track_nodes t ON ((t.id = m.track_id)));


--
-- Name: lesson_nodes; Type: VIEW; Schema: public; Owner: -
--

CREATE VIEW public.lesson_nodes WITH (security_invoker='true') AS
 SELECT l.id,
    l.module_id,
    l.slug,
    l.title,
    l."position",
    l.is_published,
    l.deleted_at,
    l.created_at,
        CASE
            WHEN (l.deleted_at IS NOT NULL) THEN 'ARCHIVED'::text
            WHEN l.is_published THEN 'PUBLISHED'::text
            ELSE 'DRAFT'::text
        END AS state,
    ((m.path || '/'::text) || l.slug) AS path,
    m.track_id,
    (m.shown AND l.is_published AND (l.deleted_at IS NULL)) AS shown
   FROM (public.lessons l
     JOIN public.module_nodes m ON ((m.id = l.module_id)));


--
-- Name: challenge_nodes; Type: VIEW; Schema: public; Owner: -
--

CREATE VIEW public.challenge_nodes WITH (security_invoker='true') AS
 SELECT c.id,
    c.lesson_id,
    c.slug,
    c."position",
    c.is_published,
    c.deleted_at,
    c.slug_released,
    c.created_at,
        CASE
            WHEN (c.deleted_at IS NOT NULL) THEN 'ARCHIVED'::text
            WHEN c.is_published THEN 'PUBLISHED'::text
            ELSE 'DRAFT'::text
        END AS state,
    ((l.path || '/'::text) || c.slug) AS path,
    l.module_id,
    l.track_id,
    l.shown AS ancestors_shown,
    (l.shown AND c.is_published AND (c.deleted_at IS NULL)) AS shown
   FROM (public.challenges c
     JOIN public.lesson_nodes l ON ((l.id = c.lesson_id)));


--
-- Name: challenge_versions; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.challenge_versions (
    id uuid NOT NULL,
    challenge_id uuid NOT NULL,
    version integer NOT NULL,
    major integer NOT NULL,
    minor integer NOT NULL,
    title text NOT NULL,
    instructions text NOT NULL,
    difficulty text NOT NULL,
    points integer NOT NULL,
    estimated_time_minutes integer NOT NULL,
    starter_html text NOT NULL,
    starter_css text NOT NULL,
    starter_js text NOT NULL,
    solution_hash text,
    tests jsonb NOT NULL,
    hints jsonb NOT NULL,
    canonical integer NOT NULL,
    content_hash text NOT NULL,
    judged_hash text NOT NULL,
    chain_hash text NOT NULL,
    restored_from uuid,
    changelog text NOT NULL,
    created_by uuid NOT NULL,
    reviewed_by uuid,
    published_by uuid NOT NULL,
    published_at timestamp with time zone NOT NULL,
    is_active boolean NOT NULL,
    weight integer NOT NULL,
    hooks jsonb DEFAULT '{}'::jsonb NOT NULL,
    libraries jsonb DEFAULT '[]'::jsonb NOT NULL,
    CONSTRAINT challenge_versions_changelog_check CHECK ((char_length(changelog) <= 2000)),
    CONSTRAINT challenge_versions_check CHECK (
CASE
    WHEN is_active THEN ((weight >= 1) AND (weight <= 100))
    ELSE (weight = 0)
END),
    CONSTRAINT challenge_versions_difficulty_check CHECK ((difficulty = ANY (ARRAY['EASY'::text, 'MEDIUM'::text, 'HARD'::text]))),
    CONSTRAINT challenge_versions_estimated_time_minutes_check CHECK ((estimated_time_minutes > 0)),
    CONSTRAINT challenge_versions_major_check CHECK ((major >= 1)),
    CONSTRAINT challenge_versions_minor_check CHECK ((minor >= 0)),
    CONSTRAINT challenge_versions_points_check CHECK ((points >= 0)),
    CONSTRAINT challenge_versions_version_check CHECK ((version >= 1))
);


--
-- Name: draft_history; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.draft_history (
    challenge_id uuid NOT NULL,
    revision integer NOT NULL,
    title text NOT NULL,
    instructions text NOT NULL,
    difficulty text NOT NULL,
    points integer NOT NULL,
    estimated_time_minutes integer NOT NULL,
    starter_html text NOT NULL,
    starter_css text NOT NULL,
    starter_js text NOT NULL,
    solution_hash text,
    tests jsonb NOT NULL,
    hints jsonb NOT NULL,
    content_hash text NOT NULL,
    saved_at timestamp with time zone NOT NULL,
    saved_by uuid NOT NULL,
    hooks jsonb DEFAULT '{}'::jsonb NOT NULL,
    libraries jsonb DEFAULT '[]'::jsonb NOT NULL
);


--
-- Name: experiment_arms; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.experiment_arms (
    experiment_id uuid NOT NULL,
    phase integer NOT NULL,
    version_id uuid NOT NULL,
    weight integer NOT NULL,
    CONSTRAINT experiment_arms_phase_check CHECK ((phase >= 1)),
    CONSTRAINT experiment_arms_weight_check CHECK (((weight >= 1) AND (weight <= 99)))
);


--
-- Name: experiment_assignments; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.experiment_assignments (
    user_id uuid NOT NULL,
    experiment_id uuid NOT NULL,
    challenge_id uuid NOT NULL,
    version_id uuid NOT NULL,
    phase integer NOT NULL,
    weight integer NOT NULL,
    assigned_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.experiment_assignments FORCE ROW LEVEL SECURITY;


--
-- Name: experiments; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.experiments (
    id uuid NOT NULL,
    challenge_id uuid NOT NULL,
    name text NOT NULL,
    hypothesis text NOT NULL,
    salt uuid NOT NULL,
    control_version_id uuid NOT NULL,
    phase integer DEFAULT 1 NOT NULL,
    state text DEFAULT 'RUNNING'::text NOT NULL,
    started_at timestamp with time zone NOT NULL,
    started_by uuid NOT NULL,
    stopped_at timestamp with time zone,
    stopped_by uuid,
    policy jsonb DEFAULT '{}'::jsonb NOT NULL,
    guardrail text,
    CONSTRAINT experiments_check CHECK (((state = 'RUNNING'::text) = (stopped_at IS NULL))),
    CONSTRAINT experiments_check1 CHECK (((state = 'RUNNING'::text) = (stopped_by IS NULL))),
    CONSTRAINT experiments_hypothesis_check CHECK ((char_length(hypothesis) <= 2000)),
    CONSTRAINT experiments_name_check CHECK (((char_length(name) >= 1) AND (char_length(name) <= 200))),
    CONSTRAINT experiments_phase_check CHECK ((phase >= 1)),
    CONSTRAINT experiments_policy_check CHECK ((jsonb_typeof(policy) = 'object'::text)),
    CONSTRAINT experiments_state_check CHECK ((state = ANY (ARRAY['RUNNING'::text, 'STOPPED'::text, 'PROMOTED'::text])))
);


--
-- Name: idempotency_keys; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.idempotency_keys (
    actor_id uuid NOT NULL,
    mutation text NOT NULL,
    key text NOT NULL,
    input_hash text NOT NULL,
    result jsonb,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT idempotency_keys_key_check CHECK (((char_length(key) >= 1) AND (char_length(key) <= 200)))
);


--
-- Name: invitations; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.invitations (
    token_hash bytea NOT NULL,
    user_id uuid NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone
);


--
-- Name: leaderboard_entries; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.leaderboard_entries (
    user_id uuid NOT NULL,
    challenge_id uuid NOT NULL,
    best_score integer NOT NULL,
    completed_at timestamp with time zone NOT NULL,
    attempts integer NOT NULL,
    CONSTRAINT leaderboard_entries_attempts_check CHECK ((attempts >= 1)),
    CONSTRAINT leaderboard_entries_best_score_check CHECK (((best_score >= 0) AND (best_score <= 100)))
);

ALTER TABLE ONLY public.leaderboard_entries FORCE ROW LEVEL SECURITY;


--
-- Name: user_progress; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.user_progress (
    user_id uuid NOT NULL,
    challenge_id uuid NOT NULL,
    status text NOT NULL,
    best_score integer,
    total_attempts integer DEFAULT 0 NOT NULL,
    started_at timestamp with time zone NOT NULL,
    last_attempt_at timestamp with time zone,
    pinned_version_id uuid NOT NULL,
    completed_at timestamp with time zone,
    completed_attempt_id uuid,
    completed_version_id uuid,
    pinned_seq bigint DEFAULT 0 NOT NULL,
    best_attempt_id uuid,
    best_version_id uuid,
    best_code_hash text,
    CONSTRAINT user_progress_best_score_check CHECK (((best_score >= 0) AND (best_score <= 100))),
    CONSTRAINT user_progress_check CHECK (((status = 'COMPLETED'::text) = (completed_at IS NOT NULL))),
    CONSTRAINT user_progress_check1 CHECK (((completed_at IS NULL) = (completed_attempt_id IS NULL))),
    CONSTRAINT user_progress_check2 CHECK (((completed_at IS NULL) = (completed_version_id IS NULL))),
    CONSTRAINT user_progress_check3 CHECK (((best_attempt_id IS NULL) = (best_version_id IS NULL))),
    CONSTRAINT user_progress_check4 CHECK (((best_attempt_id IS NULL) = (best_code_hash IS NULL))),
    CONSTRAINT user_progress_status_check CHECK ((status = ANY (ARRAY['IN_PROGRESS'::text, 'COMPLETED'::text]))),
    CONSTRAINT user_progress_total_attempts_check CHECK ((total_attempts >= 0))
)
WITH (fillfactor='85');

ALTER TABLE ONLY public.user_progress FORCE ROW LEVEL SECURITY;


--
-- Name: mv_challenge_statistics; Type: MATERIALIZED VIEW; Schema: public; Owner: -
--

CREATE MATERIALIZED VIEW public.mv_challenge_statistics AS
 SELECT n.id AS challenge_id,
    n.track_id,
    (count(p.user_id))::integer AS total_users,
    (count(p.user_id) FILTER (WHERE (p.status = 'COMPLETED'::text)))::integer AS completed_users,
    (avg(p.best_score))::double precision AS average_score,
    (avg(p.total_attempts))::double precision AS average_attempts
   FROM (public.challenge_nodes n
     LEFT JOIN public.user_progress p ON ((p.challenge_id = n.id)))
  WHERE n.shown
  GROUP BY n.id, n.track_id
  WITH NO DATA;


--
-- Name: user_enrollments; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.user_enrollments (
    user_id uuid NOT NULL,
    track_id uuid NOT NULL,
    enrolled_at timestamp with time zone NOT NULL,
    completed_challenges integer DEFAULT 0 NOT NULL,
    earned_points integer DEFAULT 0 NOT NULL,
    last_completed_at timestamp with time zone,
    CONSTRAINT user_enrollments_completed_challenges_check CHECK ((completed_challenges >= 0)),
    CONSTRAINT user_enrollments_earned_points_check CHECK ((earned_points >= 0))
)
WITH (fillfactor='85');

ALTER TABLE ONLY public.user_enrollments FORCE ROW LEVEL SECURITY;


--
-- Name: mv_track_statistics; Type: MATERIALIZED VIEW; Schema: public; Owner: -
--

CREATE MATERIALIZED VIEW public.mv_track_statistics AS
 SELECT t.id AS track_id,
    (count(DISTINCT n.id))::integer AS total_challenges,
    ( SELECT (avg(v.estimated_time_minutes))::double precision AS avg
           FROM (public.challenge_nodes s
             JOIN public.challenge_versions v ON (((v.challenge_id = s.id) AND v.is_active)))
          WHERE ((s.track_id = t.id) AND s.shown)) AS average_minutes,
    ( SELECT (count(*))::integer AS count
           FROM public.user_enrollments e
          WHERE (e.track_id = t.id)) AS enrolled_users,
    now() AS refreshed_at
   FROM (public.tracks t
     LEFT JOIN public.challenge_nodes n ON (((n.track_id = t.id) AND n.shown)))
  GROUP BY t.id
  WITH NO DATA;


--
-- Name: notices; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.notices (
    user_id uuid NOT NULL,
    challenge_id uuid NOT NULL,
    id uuid NOT NULL,
    seq bigint NOT NULL,
    kind text NOT NULL,
    from_version_id uuid NOT NULL,
    to_version_id uuid NOT NULL,
    created_at timestamp with time zone NOT NULL,
    seen_at timestamp with time zone,
    CONSTRAINT notices_kind_check CHECK ((kind = ANY (ARRAY['OFFERED'::text, 'MOVED'::text, 'FORCED'::text])))
);

ALTER TABLE ONLY public.notices FORCE ROW LEVEL SECURITY;


--
-- Name: publication_head; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.publication_head (
    is_only boolean DEFAULT true NOT NULL,
    seq bigint NOT NULL,
    hash text NOT NULL,
    at timestamp with time zone NOT NULL,
    CONSTRAINT publication_head_is_only_check CHECK (is_only)
);


--
-- Name: publication_records; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.publication_records (
    publication_id uuid NOT NULL,
    ordinal integer NOT NULL,
    seq bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    subject_type text NOT NULL,
    subject_id uuid NOT NULL,
    before jsonb NOT NULL,
    after jsonb NOT NULL,
    published_before boolean,
    published_after boolean,
    place_before jsonb,
    place_after jsonb,
    direct boolean NOT NULL,
    CONSTRAINT publication_records_after_check CHECK ((jsonb_typeof(after) = 'array'::text)),
    CONSTRAINT publication_records_before_check CHECK ((jsonb_typeof(before) = 'array'::text)),
    CONSTRAINT publication_records_ordinal_check CHECK ((ordinal >= 1)),
    CONSTRAINT publication_records_subject_type_check CHECK ((subject_type = ANY (ARRAY['track'::text, 'module'::text, 'lesson'::text, 'challenge'::text])))
);


--
-- Name: publications; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.publications (
    id uuid NOT NULL,
    seq bigint NOT NULL,
    kind text NOT NULL,
    actor_id uuid NOT NULL,
    reason text,
    at timestamp with time zone NOT NULL,
    inverse_of uuid,
    previous_hash text NOT NULL,
    hash text NOT NULL,
    facts jsonb,
    CONSTRAINT publications_facts_check CHECK ((jsonb_typeof(facts) = 'object'::text)),
    CONSTRAINT publications_kind_check CHECK ((kind = ANY (ARRAY['PUBLISH'::text, 'ROLLBACK'::text, 'EXPERIMENT_START'::text, 'EXPERIMENT_REWEIGH'::text, 'EXPERIMENT_STOP'::text, 'PROMOTE'::text, 'ARCHIVE'::text, 'UNARCHIVE'::text, 'SHOW'::text, 'HIDE'::text, 'MOVE'::text, 'RENAME'::text, 'RELEASE'::text]))),
    CONSTRAINT publications_reason_check CHECK ((char_length(reason) <= 2000)),
    CONSTRAINT publications_seq_check CHECK ((seq >= 1))
);


--
-- Name: rate_limits; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.rate_limits (
    key bytea NOT NULL,
    empty_at timestamp with time zone NOT NULL,
    taken_at timestamp with time zone NOT NULL
);


--
-- Name: redirects; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.redirects (
    level text NOT NULL,
    parent_id uuid NOT NULL,
    slug text NOT NULL,
    target_id uuid NOT NULL,
    CONSTRAINT redirects_level_check CHECK ((level = ANY (ARRAY['track'::text, 'module'::text, 'lesson'::text, 'challenge'::text])))
);


--
-- Name: release_items; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.release_items (
    release_id uuid NOT NULL,
    ordinal integer NOT NULL,
    subject_type text NOT NULL,
    subject_id uuid NOT NULL,
    version_id uuid,
    content_hash text,
    published boolean,
    live_set_hash text,
    changelog text,
    bump text,
    added_by uuid NOT NULL,
    added_at timestamp with time zone NOT NULL,
    title text,
    instructions text,
    difficulty text,
    points integer,
    estimated_time_minutes integer,
    starter_html text,
    starter_css text,
    starter_js text,
    solution_hash text,
    tests jsonb,
    hooks jsonb,
    libraries jsonb,
    hints jsonb,
    judged_hash text,
    edited_by uuid,
    editors uuid[],
    restored_from uuid,
    CONSTRAINT release_items_bump_check CHECK ((bump = ANY (ARRAY['MAJOR'::text, 'MINOR'::text]))),
    CONSTRAINT release_items_changelog_check CHECK ((char_length(changelog) <= 2000)),
    CONSTRAINT release_items_check CHECK ((num_nonnulls(version_id, content_hash, published) = 1)),
    CONSTRAINT release_items_check1 CHECK ((((subject_type = 'challenge'::text) = (published IS NULL)) AND ((published IS NULL) = (live_set_hash IS NOT NULL)))),
    CONSTRAINT release_items_check2 CHECK ((num_nonnulls(title, instructions, difficulty, points, estimated_time_minutes, starter_html, starter_css, starter_js, tests, hooks, libraries, hints, judged_hash, edited_by, editors) =
CASE
    WHEN (content_hash IS NULL) THEN 0
    ELSE 15
END)),
    CONSTRAINT release_items_ordinal_check CHECK ((ordinal >= 1)),
    CONSTRAINT release_items_subject_type_check CHECK ((subject_type = ANY (ARRAY['track'::text, 'module'::text, 'lesson'::text, 'challenge'::text])))
);


--
-- Name: releases; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.releases (
    id uuid NOT NULL,
    name text NOT NULL,
    changelog text NOT NULL,
    state text NOT NULL,
    created_by uuid NOT NULL,
    created_at timestamp with time zone NOT NULL,
    scheduled_at timestamp with time zone,
    scheduled_by uuid,
    proving_since timestamp with time zone,
    ended_at timestamp with time zone,
    late_seconds integer,
    failures jsonb NOT NULL,
    publication_id uuid,
    revert_id uuid,
    CONSTRAINT releases_changelog_check CHECK ((char_length(changelog) <= 2000)),
    CONSTRAINT releases_check CHECK (((state <> 'SCHEDULED'::text) OR ((scheduled_at IS NOT NULL) AND (scheduled_by IS NOT NULL)))),
    CONSTRAINT releases_check1 CHECK (((state = ANY (ARRAY['PUBLISHED'::text, 'REVERTED'::text])) = (publication_id IS NOT NULL))),
    CONSTRAINT releases_check2 CHECK (((state = 'REVERTED'::text) = (revert_id IS NOT NULL))),
    CONSTRAINT releases_failures_check CHECK ((jsonb_typeof(failures) = 'array'::text)),
    CONSTRAINT releases_late_seconds_check CHECK ((late_seconds >= 0)),
    CONSTRAINT releases_name_check CHECK (((char_length(name) >= 1) AND (char_length(name) <= 200))),
    CONSTRAINT releases_state_check CHECK ((state = ANY (ARRAY['PLANNED'::text, 'SCHEDULED'::text, 'PUBLISHED'::text, 'FAILED'::text, 'MISSED'::text, 'REVERTED'::text])))
);


--
-- Name: replay_items; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.replay_items (
    replay_id uuid NOT NULL,
    ordinal integer NOT NULL,
    kind text NOT NULL,
    code_hash text NOT NULL,
    learners integer NOT NULL,
    user_id uuid NOT NULL,
    created_at timestamp with time zone NOT NULL,
    attempt_id uuid NOT NULL,
    tries integer DEFAULT 0 NOT NULL,
    outcome text,
    failed text[] DEFAULT '{}'::text[] NOT NULL,
    CONSTRAINT replay_items_kind_check CHECK ((kind = ANY (ARRAY['ACCEPTED'::text, 'WRONG'::text]))),
    CONSTRAINT replay_items_outcome_check CHECK ((outcome = ANY (ARRAY['PASSED'::text, 'FAILED'::text, 'UNKNOWN'::text])))
);

ALTER TABLE ONLY public.replay_items FORCE ROW LEVEL SECURITY;


--
-- Name: replays; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.replays (
    id uuid NOT NULL,
    challenge_id uuid NOT NULL,
    requested_by uuid NOT NULL,
    requested_at timestamp with time zone NOT NULL,
    content_hash text NOT NULL,
    judged_hash text NOT NULL,
    tests jsonb NOT NULL,
    hooks jsonb NOT NULL,
    libraries jsonb NOT NULL,
    against_version_id uuid NOT NULL,
    against_judged_hash text NOT NULL,
    seed integer NOT NULL,
    most integer NOT NULL,
    state text NOT NULL,
    step integer DEFAULT 0 NOT NULL,
    started_at timestamp with time zone,
    finished_at timestamp with time zone,
    pinned integer,
    in_progress integer,
    completed integer,
    solved integer,
    found integer,
    total integer,
    done integer DEFAULT 0 NOT NULL,
    still_pass integer DEFAULT 0 NOT NULL,
    broken integer DEFAULT 0 NOT NULL,
    broken_learners integer DEFAULT 0 NOT NULL,
    newly_pass integer DEFAULT 0 NOT NULL,
    unknown integer DEFAULT 0 NOT NULL,
    breaks jsonb DEFAULT '[]'::jsonb NOT NULL,
    declared_names jsonb DEFAULT '[]'::jsonb NOT NULL,
    CONSTRAINT replays_most_check CHECK ((most >= 1)),
    CONSTRAINT replays_state_check CHECK ((state = ANY (ARRAY['QUEUED'::text, 'RUNNING'::text, 'FINISHED'::text, 'CANCELLED'::text, 'FAILED'::text])))
);


--
-- Name: review_requests; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.review_requests (
    id uuid NOT NULL,
    challenge_id uuid NOT NULL,
    content_hash text NOT NULL,
    requested_by uuid NOT NULL,
    note text,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT review_requests_note_check CHECK ((char_length(note) <= 2000))
);


--
-- Name: reviews; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.reviews (
    id uuid NOT NULL,
    challenge_id uuid NOT NULL,
    verdict text NOT NULL,
    content_hash text NOT NULL,
    reviewer_id uuid NOT NULL,
    note text,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT reviews_note_check CHECK ((char_length(note) <= 2000)),
    CONSTRAINT reviews_verdict_check CHECK ((verdict = ANY (ARRAY['APPROVED'::text, 'CHANGES_REQUESTED'::text])))
);


--
-- Name: runners; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.runners (
    id uuid NOT NULL,
    engine text,
    protocol integer NOT NULL,
    isolation text,
    seen_at timestamp with time zone NOT NULL,
    expected_until timestamp with time zone,
    CONSTRAINT runners_starting CHECK ((((expected_until IS NULL) = (engine IS NOT NULL)) AND ((engine IS NULL) = (isolation IS NULL))))
);


--
-- Name: runs; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.runs (
    id uuid NOT NULL,
    challenge_id uuid,
    requested_by uuid NOT NULL,
    requested_at timestamp with time zone NOT NULL,
    content_hash text NOT NULL,
    judged_hash text NOT NULL,
    tests jsonb NOT NULL,
    starter_html text NOT NULL,
    starter_css text NOT NULL,
    starter_js text NOT NULL,
    starter_code_hash text NOT NULL,
    solution_hash text,
    solution_code_hash text NOT NULL,
    pictures boolean NOT NULL,
    state text NOT NULL,
    started_at timestamp with time zone,
    finished_at timestamp with time zone,
    hooks jsonb DEFAULT '{}'::jsonb NOT NULL,
    libraries jsonb DEFAULT '[]'::jsonb NOT NULL,
    tries integer DEFAULT 0 NOT NULL,
    CONSTRAINT runs_state_check CHECK ((state = ANY (ARRAY['QUEUED'::text, 'RUNNING'::text, 'FINISHED'::text, 'CANCELLED'::text, 'FAILED'::text])))
);


--
-- Name: sessions; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.sessions (
    token_hash bytea NOT NULL,
    user_id uuid NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL
);


--
-- Name: settings; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.settings (
    name text NOT NULL,
    value text NOT NULL
);


--
-- Name: solutions; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.solutions (
    hash text NOT NULL,
    sealed bytea NOT NULL
);


--
-- Name: test_libraries; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.test_libraries (
    hash text NOT NULL,
    source text NOT NULL,
    CONSTRAINT test_libraries_hash_check CHECK ((hash ~ '^[0-9a-f]{64}$'::text))
);


--
-- Name: test_library_names; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.test_library_names (
    name text NOT NULL,
    hash text NOT NULL,
    uploaded_at timestamp with time zone NOT NULL,
    uploaded_by uuid NOT NULL,
    CONSTRAINT test_library_names_name_check CHECK (((name ~ '^[a-z0-9]+([._-][a-z0-9]+)*$'::text) AND (char_length(name) <= 60)))
);


--
-- Name: users; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.users (
    id uuid NOT NULL,
    kind text NOT NULL,
    display_name text NOT NULL,
    avatar_url text,
    role text NOT NULL,
    email_sealed bytea,
    email_hash bytea,
    password_hash text,
    hide_from_leaderboards boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone NOT NULL,
    suspended_at timestamp with time zone,
    visitor_hash text,
    CONSTRAINT users_check CHECK (((kind = 'person'::text) = (email_hash IS NOT NULL))),
    CONSTRAINT users_check1 CHECK (((email_hash IS NULL) = (email_sealed IS NULL))),
    CONSTRAINT users_display_name_check CHECK (((char_length(display_name) >= 1) AND (char_length(display_name) <= 80))),
    CONSTRAINT users_kind_check CHECK ((kind = ANY (ARRAY['person'::text, 'service'::text]))),
    CONSTRAINT users_role_check CHECK ((role = ANY (ARRAY['learner'::text, 'author'::text, 'reviewer'::text, 'admin'::text]))),
    CONSTRAINT users_visitor_hash_check CHECK ((visitor_hash ~ '^[0-9a-f]{64}$'::text))
);


--
-- Name: verdict_changes; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.verdict_changes (
    id uuid NOT NULL,
    judged_hash text NOT NULL,
    code_hash text NOT NULL,
    is_solution boolean NOT NULL,
    is_starter boolean NOT NULL,
    before_passed boolean NOT NULL,
    before_engine text NOT NULL,
    before_protocol integer NOT NULL,
    before_judged_at timestamp with time zone NOT NULL,
    after_passed boolean NOT NULL,
    after_engine text NOT NULL,
    after_protocol integer NOT NULL,
    after_judged_at timestamp with time zone NOT NULL,
    CONSTRAINT verdict_changes_check CHECK ((before_passed <> after_passed))
);


--
-- Name: verdicts; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.verdicts (
    judged_hash text NOT NULL,
    code_hash text NOT NULL,
    engine text NOT NULL,
    protocol integer NOT NULL,
    status text NOT NULL,
    passed boolean NOT NULL,
    tests jsonb NOT NULL,
    console jsonb NOT NULL,
    page_errors jsonb NOT NULL,
    blocked jsonb NOT NULL,
    ms integer NOT NULL,
    confirmed boolean NOT NULL,
    screenshot bytea,
    made_at timestamp with time zone NOT NULL,
    errors jsonb DEFAULT '[]'::jsonb NOT NULL,
    CONSTRAINT verdicts_status_check CHECK ((status = ANY (ARRAY['FINISHED'::text, 'TIMED_OUT'::text, 'CRASHED'::text, 'OUT_OF_MEMORY'::text])))
);


--
-- Name: version_migrations; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.version_migrations (
    challenge_id uuid NOT NULL,
    seq bigint NOT NULL,
    policy text NOT NULL,
    from_version_ids uuid[] NOT NULL,
    to_version_id uuid NOT NULL,
    reason text,
    state text NOT NULL,
    finished_at timestamp with time zone,
    moved integer DEFAULT 0 NOT NULL,
    CONSTRAINT version_migrations_check CHECK (((policy <> 'FORCE'::text) OR (reason IS NOT NULL))),
    CONSTRAINT version_migrations_check1 CHECK (((state = 'FINISHED'::text) = (finished_at IS NOT NULL))),
    CONSTRAINT version_migrations_moved_check CHECK ((moved >= 0)),
    CONSTRAINT version_migrations_policy_check CHECK ((policy = ANY (ARRAY['CARRY'::text, 'OFFER'::text, 'AUTO'::text, 'FORCE'::text]))),
    CONSTRAINT version_migrations_reason_check CHECK ((char_length(reason) <= 2000)),
    CONSTRAINT version_migrations_state_check CHECK ((state = ANY (ARRAY['QUEUED'::text, 'RUNNING'::text, 'FINISHED'::text])))
);


--
-- Name: version_successions; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.version_successions (
    challenge_id uuid NOT NULL,
    seq bigint NOT NULL,
    from_version_id uuid NOT NULL,
    to_version_id uuid NOT NULL,
    policy text NOT NULL,
    CONSTRAINT version_successions_check CHECK ((from_version_id <> to_version_id)),
    CONSTRAINT version_successions_policy_check CHECK ((policy = ANY (ARRAY['CARRY'::text, 'FORCE'::text])))
);


--
-- Name: challenge_attempts_default; Type: TABLE ATTACH; Schema: public; Owner: -
--

ALTER TABLE ONLY public.challenge_attempts ATTACH PARTITION public.challenge_attempts_default DEFAULT;


--
-- Name: api_tokens api_tokens_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.api_tokens
    ADD CONSTRAINT api_tokens_pkey PRIMARY KEY (id);


--
-- Name: api_tokens api_tokens_token_hash_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.api_tokens
    ADD CONSTRAINT api_tokens_token_hash_key UNIQUE (token_hash);


--
-- Name: audit_events audit_events_id_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.audit_events
    ADD CONSTRAINT audit_events_id_key UNIQUE (id);


--
-- Name: audit_events audit_events_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.audit_events
    ADD CONSTRAINT audit_events_pkey PRIMARY KEY (seq);


--
-- Name: audit_head audit_head_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.audit_head
    ADD CONSTRAINT audit_head_pkey PRIMARY KEY (is_only);


--
-- Name: challenge_attempts_archive challenge_attempts_archive_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.challenge_attempts_archive
    ADD CONSTRAINT challenge_attempts_archive_pkey PRIMARY KEY (user_id, created_at, id);


--
-- Name: challenge_attempts challenge_attempts_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.challenge_attempts
    ADD CONSTRAINT challenge_attempts_pkey PRIMARY KEY (user_id, created_at, id);


--
-- Name: challenge_attempts_default challenge_attempts_default_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.challenge_attempts_default
    ADD CONSTRAINT challenge_attempts_default_pkey PRIMARY KEY (user_id, created_at, id);


--
-- Name: challenge_versions challenge_versions_challenge_id_content_hash_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.challenge_versions
    ADD CONSTRAINT challenge_versions_challenge_id_content_hash_key UNIQUE (challenge_id, content_hash);


--
-- Name: challenge_versions challenge_versions_challenge_id_major_minor_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.challenge_versions
    ADD CONSTRAINT challenge_versions_challenge_id_major_minor_key UNIQUE (challenge_id, major, minor);


--
-- Name: challenge_versions challenge_versions_challenge_id_version_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.challenge_versions
    ADD CONSTRAINT challenge_versions_challenge_id_version_key UNIQUE (challenge_id, version);


--
-- Name: challenge_versions challenge_versions_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.challenge_versions
    ADD CONSTRAINT challenge_versions_pkey PRIMARY KEY (id);


--
-- Name: challenges challenges_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.challenges
    ADD CONSTRAINT challenges_pkey PRIMARY KEY (id);


--
-- Name: challenges challenges_position; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.challenges
    ADD CONSTRAINT challenges_position UNIQUE (lesson_id, "position") DEFERRABLE INITIALLY DEFERRED;


--
-- Name: draft_history draft_history_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.draft_history
    ADD CONSTRAINT draft_history_pkey PRIMARY KEY (challenge_id, revision);


--
-- Name: experiment_arms experiment_arms_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.experiment_arms
    ADD CONSTRAINT experiment_arms_pkey PRIMARY KEY (experiment_id, phase, version_id);


--
-- Name: experiment_assignments experiment_assignments_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.experiment_assignments
    ADD CONSTRAINT experiment_assignments_pkey PRIMARY KEY (user_id, experiment_id);


--
-- Name: experiments experiments_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.experiments
    ADD CONSTRAINT experiments_pkey PRIMARY KEY (id);


--
-- Name: idempotency_keys idempotency_keys_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.idempotency_keys
    ADD CONSTRAINT idempotency_keys_pkey PRIMARY KEY (actor_id, mutation, key);


--
-- Name: invitations invitations_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.invitations
    ADD CONSTRAINT invitations_pkey PRIMARY KEY (token_hash);


--
-- Name: leaderboard_entries leaderboard_entries_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.leaderboard_entries
    ADD CONSTRAINT leaderboard_entries_pkey PRIMARY KEY (user_id, challenge_id);


--
-- Name: lessons lessons_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.lessons
    ADD CONSTRAINT lessons_pkey PRIMARY KEY (id);


--
-- Name: lessons lessons_position; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.lessons
    ADD CONSTRAINT lessons_position UNIQUE (module_id, "position") DEFERRABLE INITIALLY DEFERRED;


--
-- Name: modules modules_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.modules
    ADD CONSTRAINT modules_pkey PRIMARY KEY (id);


--
-- Name: modules modules_position; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.modules
    ADD CONSTRAINT modules_position UNIQUE (track_id, "position") DEFERRABLE INITIALLY DEFERRED;


--
-- Name: notices notices_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.notices
    ADD CONSTRAINT notices_pkey PRIMARY KEY (user_id, challenge_id);


--
-- Name: publication_head publication_head_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.publication_head
    ADD CONSTRAINT publication_head_pkey PRIMARY KEY (is_only);


--
-- Name: publication_records publication_records_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.publication_records
    ADD CONSTRAINT publication_records_pkey PRIMARY KEY (publication_id, ordinal);


--
-- Name: publications publications_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.publications
    ADD CONSTRAINT publications_pkey PRIMARY KEY (id);


--
-- Name: publications publications_seq_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.publications
    ADD CONSTRAINT publications_seq_key UNIQUE (seq);


--
-- Name: rate_limits rate_limits_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.rate_limits
    ADD CONSTRAINT rate_limits_pkey PRIMARY KEY (key);


--
-- Name: redirects redirects_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.redirects
    ADD CONSTRAINT redirects_pkey PRIMARY KEY (level, parent_id, slug);


--
-- Name: release_items release_items_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.release_items
    ADD CONSTRAINT release_items_pkey PRIMARY KEY (release_id, subject_id);


--
-- Name: release_items release_items_release_id_ordinal_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.release_items
    ADD CONSTRAINT release_items_release_id_ordinal_key UNIQUE (release_id, ordinal);


--
-- Name: releases releases_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.releases
    ADD CONSTRAINT releases_pkey PRIMARY KEY (id);


--
-- Name: replay_items replay_items_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.replay_items
    ADD CONSTRAINT replay_items_pkey PRIMARY KEY (replay_id, ordinal);


--
-- Name: replays replays_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.replays
    ADD CONSTRAINT replays_pkey PRIMARY KEY (id);


--
-- Name: review_requests review_requests_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.review_requests
    ADD CONSTRAINT review_requests_pkey PRIMARY KEY (id);


--
-- Name: reviews reviews_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.reviews
    ADD CONSTRAINT reviews_pkey PRIMARY KEY (id);


--
-- Name: runners runners_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.runners
    ADD CONSTRAINT runners_pkey PRIMARY KEY (id);


--
-- Name: runs runs_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.runs
    ADD CONSTRAINT runs_pkey PRIMARY KEY (id);


--
-- Name: sessions sessions_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (token_hash);


--
-- Name: settings settings_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.settings
    ADD CONSTRAINT settings_pkey PRIMARY KEY (name);


--
-- Name: solutions solutions_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.solutions
    ADD CONSTRAINT solutions_pkey PRIMARY KEY (hash);


--
-- Name: test_libraries test_libraries_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.test_libraries
    ADD CONSTRAINT test_libraries_pkey PRIMARY KEY (hash);


--
-- Name: test_library_names test_library_names_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.test_library_names
    ADD CONSTRAINT test_library_names_pkey PRIMARY KEY (name, hash);


--
-- Name: tracks tracks_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.tracks
    ADD CONSTRAINT tracks_pkey PRIMARY KEY (id);


--
-- Name: tracks tracks_position; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.tracks
    ADD CONSTRAINT tracks_position UNIQUE ("position") DEFERRABLE INITIALLY DEFERRED;


--
-- Name: user_enrollments user_enrollments_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.user_enrollments
    ADD CONSTRAINT user_enrollments_pkey PRIMARY KEY (user_id, track_id);


--
-- Name: user_progress user_progress_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.user_progress
    ADD CONSTRAINT user_progress_pkey PRIMARY KEY (user_id, challenge_id);


--
-- Name: users users_email_hash_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_email_hash_key UNIQUE (email_hash);


--
-- Name: users users_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);


--
-- Name: verdict_changes verdict_changes_judged_hash_code_hash_before_protocol_befor_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.verdict_changes
    ADD CONSTRAINT verdict_changes_judged_hash_code_hash_before_protocol_befor_key UNIQUE (judged_hash, code_hash, before_protocol, before_engine, before_judged_at, after_protocol, after_engine);


--
-- Name: verdict_changes verdict_changes_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.verdict_changes
    ADD CONSTRAINT verdict_changes_pkey PRIMARY KEY (id);


--
-- Name: verdicts verdicts_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.verdicts
    ADD CONSTRAINT verdicts_pkey PRIMARY KEY (judged_hash, code_hash, protocol, engine);


--
-- Name: version_migrations version_migrations_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.version_migrations
    ADD CONSTRAINT version_migrations_pkey PRIMARY KEY (challenge_id, seq);


--
-- Name: version_successions version_successions_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.version_successions
    ADD CONSTRAINT version_successions_pkey PRIMARY KEY (challenge_id, seq, from_version_id);


--
-- Name: api_tokens_by_user; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX api_tokens_by_user ON public.api_tokens USING btree (user_id, created_at DESC, id DESC);


--
-- Name: INDEX api_tokens_by_user; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON INDEX public.api_tokens_by_user IS 'tokens.tokens_by_user_id: somebody''s tokens, newest first.';


--
-- Name: attempts_waiting; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX attempts_waiting ON ONLY public.challenge_attempts USING btree (created_at) WHERE (status = ANY (ARRAY['QUEUED'::text, 'RUNNING'::text]));


--
-- Name: INDEX attempts_waiting; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON INDEX public.attempts_waiting IS 'sweeping.attempts_without_job: attempts that wait for their verdict, the oldest first.';


--
-- Name: challenge_attempts_archive_user_id_challenge_id_created_at__idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX challenge_attempts_archive_user_id_challenge_id_created_at__idx ON ONLY public.challenge_attempts_archive USING btree (user_id, challenge_id, created_at DESC, id DESC);


--
-- Name: INDEX challenge_attempts_archive_user_id_challenge_id_created_at__idx; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON INDEX public.challenge_attempts_archive_user_id_challenge_id_created_at__idx IS 'attempts.attempts_of_challenge: one''s attempts at a challenge, newest first.';


--
-- Name: idx_attempts_code_hash; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX idx_attempts_code_hash ON ONLY public.challenge_attempts USING hash (code_hash);


--
-- Name: INDEX idx_attempts_code_hash; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON INDEX public.idx_attempts_code_hash IS 'verdict_changes.attempts_of_verdicts: how many attempts have this code.';


--
-- Name: challenge_attempts_default_code_hash_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX challenge_attempts_default_code_hash_idx ON public.challenge_attempts_default USING hash (code_hash);


--
-- Name: challenge_attempts_default_created_at_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX challenge_attempts_default_created_at_idx ON public.challenge_attempts_default USING btree (created_at) WHERE (status = ANY (ARRAY['QUEUED'::text, 'RUNNING'::text]));


--
-- Name: idx_attempts_user_challenge; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX idx_attempts_user_challenge ON ONLY public.challenge_attempts USING btree (user_id, challenge_id, created_at DESC, id DESC);


--
-- Name: INDEX idx_attempts_user_challenge; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON INDEX public.idx_attempts_user_challenge IS 'attempts.attempts_of_challenge: one''s attempts at a challenge, newest first.';


--
-- Name: challenge_attempts_default_user_id_challenge_id_created_at__idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX challenge_attempts_default_user_id_challenge_id_created_at__idx ON public.challenge_attempts_default USING btree (user_id, challenge_id, created_at DESC, id DESC);


--
-- Name: challenge_versions_judged; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX challenge_versions_judged ON public.challenge_versions USING btree (judged_hash);


--
-- Name: INDEX challenge_versions_judged; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON INDEX public.challenge_versions_judged IS 'verdict_changes.versions_judged: the versions that have these tests.';


--
-- Name: challenge_versions_live; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX challenge_versions_live ON public.challenge_versions USING btree (challenge_id) WHERE is_active;


--
-- Name: INDEX challenge_versions_live; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON INDEX public.challenge_versions_live IS 'versions.live_versions_by_challenge_id: what learners get of each challenge.';


--
-- Name: challenges_by_draft_update; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX challenges_by_draft_update ON public.challenges USING btree (draft_updated_at DESC, id DESC);


--
-- Name: INDEX challenges_by_draft_update; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON INDEX public.challenges_by_draft_update IS 'drafts.drafts_page: drafts, the last edited first.';


--
-- Name: challenges_judged; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX challenges_judged ON public.challenges USING btree (judged_hash);


--
-- Name: INDEX challenges_judged; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON INDEX public.challenges_judged IS 'verdict_changes.drafts_judged: the drafts that have these tests.';


--
-- Name: challenges_slug; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX challenges_slug ON public.challenges USING btree (lesson_id, slug) WHERE (NOT slug_released);


--
-- Name: INDEX challenges_slug; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON INDEX public.challenges_slug IS 'tree.challenge_by_path: the challenge at an address.';


--
-- Name: experiment_assignments_by_experiment; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX experiment_assignments_by_experiment ON public.experiment_assignments USING btree (experiment_id, user_id);


--
-- Name: INDEX experiment_assignments_by_experiment; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON INDEX public.experiment_assignments_by_experiment IS 'experiments.experiment_counts: everybody who was drawn.';


--
-- Name: experiments_by_challenge; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX experiments_by_challenge ON public.experiments USING btree (challenge_id, started_at DESC, id DESC);


--
-- Name: INDEX experiments_by_challenge; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON INDEX public.experiments_by_challenge IS 'experiments.experiments_by_challenge_id: a challenge''s experiments, newest first.';


--
-- Name: experiments_running; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX experiments_running ON public.experiments USING btree (challenge_id) WHERE (state = 'RUNNING'::text);


--
-- Name: INDEX experiments_running; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON INDEX public.experiments_running IS 'experiments.running_by_challenge_id: the one experiment of a challenge.';


--
-- Name: idempotency_keys_by_age; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX idempotency_keys_by_age ON public.idempotency_keys USING btree (created_at);


--
-- Name: INDEX idempotency_keys_by_age; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON INDEX public.idempotency_keys_by_age IS 'maintenance.delete_old_idempotency_keys: keys that are forgotten after a day.';


--
-- Name: idx_attempts_archive_code_hash; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX idx_attempts_archive_code_hash ON ONLY public.challenge_attempts_archive USING hash (code_hash);


--
-- Name: INDEX idx_attempts_archive_code_hash; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON INDEX public.idx_attempts_archive_code_hash IS 'verdict_changes.attempts_of_verdicts: how many attempts have this code.';


--
-- Name: idx_enrollments_track_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX idx_enrollments_track_id ON public.user_enrollments USING btree (track_id, user_id);


--
-- Name: INDEX idx_enrollments_track_id; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON INDEX public.idx_enrollments_track_id IS 'counting.enrolled_learners: the learners of a track whose counts are taken anew.';


--
-- Name: idx_progress_challenge_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX idx_progress_challenge_id ON public.user_progress USING btree (challenge_id, user_id);


--
-- Name: INDEX idx_progress_challenge_id; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON INDEX public.idx_progress_challenge_id IS 'replay_sample.learners_of_versions: who is at work on a challenge, learner by learner.';


--
-- Name: idx_progress_user_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX idx_progress_user_id ON public.user_progress USING btree (user_id, started_at DESC, challenge_id);


--
-- Name: INDEX idx_progress_user_id; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON INDEX public.idx_progress_user_id IS 'progress.progress_page: one''s challenges, the last begun first.';


--
-- Name: leaderboard_entries_rank; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX leaderboard_entries_rank ON public.leaderboard_entries USING btree (challenge_id, ((- best_score)), completed_at, attempts, user_id);


--
-- Name: INDEX leaderboard_entries_rank; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON INDEX public.leaderboard_entries_rank IS 'leaderboards.leaderboard_page: a challenge''s best, in their order.';


--
-- Name: lessons_slug; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX lessons_slug ON public.lessons USING btree (module_id, slug);


--
-- Name: INDEX lessons_slug; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON INDEX public.lessons_slug IS 'tree.challenge_by_path: a lesson on the way of an address.';


--
-- Name: modules_slug; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX modules_slug ON public.modules USING btree (track_id, slug);


--
-- Name: INDEX modules_slug; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON INDEX public.modules_slug IS 'tree.challenge_by_path: a module on the way of an address.';


--
-- Name: mv_challenge_statistics_challenge_id; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX mv_challenge_statistics_challenge_id ON public.mv_challenge_statistics USING btree (challenge_id);


--
-- Name: INDEX mv_challenge_statistics_challenge_id; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON INDEX public.mv_challenge_statistics_challenge_id IS 'statistics.refresh_challenge_statistics: refreshing concurrently takes a unique key.';


--
-- Name: mv_challenge_statistics_track_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX mv_challenge_statistics_track_id ON public.mv_challenge_statistics USING btree (track_id);


--
-- Name: INDEX mv_challenge_statistics_track_id; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON INDEX public.mv_challenge_statistics_track_id IS 'statistics.challenge_statistics: the counts of a track''s challenges.';


--
-- Name: mv_track_statistics_track_id; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX mv_track_statistics_track_id ON public.mv_track_statistics USING btree (track_id);


--
-- Name: INDEX mv_track_statistics_track_id; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON INDEX public.mv_track_statistics_track_id IS 'statistics.track_statistics: a track''s counts, and refreshing concurrently.';


--
-- Name: notices_by_user; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX notices_by_user ON public.notices USING btree (user_id, id DESC);


--
-- Name: INDEX notices_by_user; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON INDEX public.notices_by_user IS 'notices.notices_page: what a learner is told, the newest first.';


--
-- Name: publication_records_by_subject; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX publication_records_by_subject ON public.publication_records USING btree (subject_id, seq DESC, ordinal);


--
-- Name: INDEX publication_records_by_subject; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON INDEX public.publication_records_by_subject IS 'log.record_pages_by_subject_id: a subject''s history, newest first.';


--
-- Name: rate_limits_by_end; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX rate_limits_by_end ON public.rate_limits USING btree (empty_at);


--
-- Name: INDEX rate_limits_by_end; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON INDEX public.rate_limits_by_end IS 'maintenance.delete_unused_rate_limits: rows that mean the same as none.';


--
-- Name: releases_by_creation; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX releases_by_creation ON public.releases USING btree (created_at DESC, id DESC);


--
-- Name: INDEX releases_by_creation; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON INDEX public.releases_by_creation IS 'releases.releases_page: releases, the newest first.';


--
-- Name: releases_due; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX releases_due ON public.releases USING btree (scheduled_at) WHERE (state = 'SCHEDULED'::text);


--
-- Name: INDEX releases_due; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON INDEX public.releases_due IS 'releases.due_releases: scheduled ones whose moment has come.';


--
-- Name: replays_by_age; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX replays_by_age ON public.replays USING btree (requested_at);


--
-- Name: INDEX replays_by_age; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON INDEX public.replays_by_age IS 'replays.delete_old_replays: wishes that nobody looks at any more.';


--
-- Name: replays_of_tests; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX replays_of_tests ON public.replays USING btree (challenge_id, judged_hash, against_judged_hash, requested_at DESC);


--
-- Name: INDEX replays_of_tests; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON INDEX public.replays_of_tests IS 'replays.newest_replay: the last replay of a draft against what is live.';


--
-- Name: replays_under_way; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX replays_under_way ON public.replays USING btree (challenge_id) WHERE (state = ANY (ARRAY['QUEUED'::text, 'RUNNING'::text]));


--
-- Name: INDEX replays_under_way; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON INDEX public.replays_under_way IS 'replays.replays_waiting: whether there is room for another.';


--
-- Name: review_requests_by_challenge; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX review_requests_by_challenge ON public.review_requests USING btree (challenge_id, created_at DESC, id DESC);


--
-- Name: INDEX review_requests_by_challenge; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON INDEX public.review_requests_by_challenge IS 'reviews.open_review_requests_by_challenge_id: who waits for a review.';


--
-- Name: reviews_by_challenge; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX reviews_by_challenge ON public.reviews USING btree (challenge_id, created_at DESC, id DESC);


--
-- Name: INDEX reviews_by_challenge; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON INDEX public.reviews_by_challenge IS 'reviews.reviews_by_challenge_id: a challenge''s reviews, newest first.';


--
-- Name: runs_by_age; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX runs_by_age ON public.runs USING btree (requested_at);


--
-- Name: INDEX runs_by_age; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON INDEX public.runs_by_age IS 'runs.delete_old_runs: wishes that nobody looks at any more.';


--
-- Name: runs_in_vain; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX runs_in_vain ON public.runs USING btree (content_hash, requested_at DESC) WHERE (state = 'FAILED'::text);


--
-- Name: INDEX runs_in_vain; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON INDEX public.runs_in_vain IS 'runs.runs_in_vain: the last run of each text that came to no verdict.';


--
-- Name: runs_under_way; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX runs_under_way ON public.runs USING btree (content_hash) WHERE (state = ANY (ARRAY['QUEUED'::text, 'RUNNING'::text]));


--
-- Name: INDEX runs_under_way; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON INDEX public.runs_under_way IS 'runs.run_under_way: the run that waits for these texts already.';


--
-- Name: sessions_by_expiry; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX sessions_by_expiry ON public.sessions USING btree (expires_at);


--
-- Name: INDEX sessions_by_expiry; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON INDEX public.sessions_by_expiry IS 'maintenance.delete_expired_sessions: sessions that nobody can use any more.';


--
-- Name: sessions_by_user; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX sessions_by_user ON public.sessions USING btree (user_id);


--
-- Name: INDEX sessions_by_user; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON INDEX public.sessions_by_user IS 'sessions.delete_sessions_but: signing out everywhere.';


--
-- Name: test_library_names_by_hash; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX test_library_names_by_hash ON public.test_library_names USING btree (hash, uploaded_at DESC);


--
-- Name: INDEX test_library_names_by_hash; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON INDEX public.test_library_names_by_hash IS 'libraries.libraries_by_hash: the latest name of a library.';


--
-- Name: test_library_names_by_name; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX test_library_names_by_name ON public.test_library_names USING btree (name, uploaded_at DESC);


--
-- Name: INDEX test_library_names_by_name; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON INDEX public.test_library_names_by_name IS 'libraries.libraries_by_reference: the latest library of a name.';


--
-- Name: test_library_names_by_upload; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX test_library_names_by_upload ON public.test_library_names USING btree (uploaded_at DESC, hash DESC, name DESC);


--
-- Name: INDEX test_library_names_by_upload; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON INDEX public.test_library_names_by_upload IS 'libraries.libraries_page: libraries, the last uploaded first.';


--
-- Name: tracks_slug; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX tracks_slug ON public.tracks USING btree (slug);


--
-- Name: INDEX tracks_slug; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON INDEX public.tracks_slug IS 'tree.track_by_slug: a track by its address.';


--
-- Name: users_by_creation; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX users_by_creation ON public.users USING btree (created_at DESC, id DESC);


--
-- Name: INDEX users_by_creation; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON INDEX public.users_by_creation IS 'people.users_page: accounts, newest first.';


--
-- Name: users_service_name; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX users_service_name ON public.users USING btree (display_name) WHERE (kind = 'service'::text);


--
-- Name: INDEX users_service_name; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON INDEX public.users_service_name IS 'people.service_by_name: the service account as which a command or a token acts.';


--
-- Name: challenge_attempts_default_code_hash_idx; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.idx_attempts_code_hash ATTACH PARTITION public.challenge_attempts_default_code_hash_idx;


--
-- Name: challenge_attempts_default_created_at_idx; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.attempts_waiting ATTACH PARTITION public.challenge_attempts_default_created_at_idx;


--
-- Name: challenge_attempts_default_pkey; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.challenge_attempts_pkey ATTACH PARTITION public.challenge_attempts_default_pkey;


--
-- Name: challenge_attempts_default_user_id_challenge_id_created_at__idx; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.idx_attempts_user_challenge ATTACH PARTITION public.challenge_attempts_default_user_id_challenge_id_created_at__idx;


--
-- Name: api_tokens api_tokens_user_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.api_tokens
    ADD CONSTRAINT api_tokens_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);


--
-- Name: audit_events audit_events_actor_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.audit_events
    ADD CONSTRAINT audit_events_actor_id_fkey FOREIGN KEY (actor_id) REFERENCES public.users(id);


--
-- Name: challenge_versions challenge_versions_challenge_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.challenge_versions
    ADD CONSTRAINT challenge_versions_challenge_id_fkey FOREIGN KEY (challenge_id) REFERENCES public.challenges(id);


--
-- Name: challenge_versions challenge_versions_created_by_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.challenge_versions
    ADD CONSTRAINT challenge_versions_created_by_fkey FOREIGN KEY (created_by) REFERENCES public.users(id);


--
-- Name: challenge_versions challenge_versions_published_by_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.challenge_versions
    ADD CONSTRAINT challenge_versions_published_by_fkey FOREIGN KEY (published_by) REFERENCES public.users(id);


--
-- Name: challenge_versions challenge_versions_restored_from_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.challenge_versions
    ADD CONSTRAINT challenge_versions_restored_from_fkey FOREIGN KEY (restored_from) REFERENCES public.challenge_versions(id);


--
-- Name: challenge_versions challenge_versions_reviewed_by_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.challenge_versions
    ADD CONSTRAINT challenge_versions_reviewed_by_fkey FOREIGN KEY (reviewed_by) REFERENCES public.users(id);


--
-- Name: challenge_versions challenge_versions_solution_hash_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.challenge_versions
    ADD CONSTRAINT challenge_versions_solution_hash_fkey FOREIGN KEY (solution_hash) REFERENCES public.solutions(hash);


--
-- Name: challenges challenges_created_by_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.challenges
    ADD CONSTRAINT challenges_created_by_fkey FOREIGN KEY (created_by) REFERENCES public.users(id);


--
-- Name: challenges challenges_draft_restored_from_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.challenges
    ADD CONSTRAINT challenges_draft_restored_from_fkey FOREIGN KEY (draft_restored_from) REFERENCES public.challenge_versions(id);


--
-- Name: challenges challenges_draft_updated_by_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.challenges
    ADD CONSTRAINT challenges_draft_updated_by_fkey FOREIGN KEY (draft_updated_by) REFERENCES public.users(id);


--
-- Name: challenges challenges_lesson_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.challenges
    ADD CONSTRAINT challenges_lesson_id_fkey FOREIGN KEY (lesson_id) REFERENCES public.lessons(id);


--
-- Name: challenges challenges_solution_hash_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.challenges
    ADD CONSTRAINT challenges_solution_hash_fkey FOREIGN KEY (solution_hash) REFERENCES public.solutions(hash);


--
-- Name: draft_history draft_history_challenge_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.draft_history
    ADD CONSTRAINT draft_history_challenge_id_fkey FOREIGN KEY (challenge_id) REFERENCES public.challenges(id);


--
-- Name: draft_history draft_history_saved_by_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.draft_history
    ADD CONSTRAINT draft_history_saved_by_fkey FOREIGN KEY (saved_by) REFERENCES public.users(id);


--
-- Name: draft_history draft_history_solution_hash_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.draft_history
    ADD CONSTRAINT draft_history_solution_hash_fkey FOREIGN KEY (solution_hash) REFERENCES public.solutions(hash);


--
-- Name: experiment_arms experiment_arms_experiment_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.experiment_arms
    ADD CONSTRAINT experiment_arms_experiment_id_fkey FOREIGN KEY (experiment_id) REFERENCES public.experiments(id);


--
-- Name: experiment_arms experiment_arms_version_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.experiment_arms
    ADD CONSTRAINT experiment_arms_version_id_fkey FOREIGN KEY (version_id) REFERENCES public.challenge_versions(id);


--
-- Name: experiment_assignments experiment_assignments_challenge_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.experiment_assignments
    ADD CONSTRAINT experiment_assignments_challenge_id_fkey FOREIGN KEY (challenge_id) REFERENCES public.challenges(id);


--
-- Name: experiment_assignments experiment_assignments_experiment_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.experiment_assignments
    ADD CONSTRAINT experiment_assignments_experiment_id_fkey FOREIGN KEY (experiment_id) REFERENCES public.experiments(id);


--
-- Name: experiment_assignments experiment_assignments_user_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.experiment_assignments
    ADD CONSTRAINT experiment_assignments_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);


--
-- Name: experiment_assignments experiment_assignments_version_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.experiment_assignments
    ADD CONSTRAINT experiment_assignments_version_id_fkey FOREIGN KEY (version_id) REFERENCES public.challenge_versions(id);


--
-- Name: experiments experiments_challenge_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.experiments
    ADD CONSTRAINT experiments_challenge_id_fkey FOREIGN KEY (challenge_id) REFERENCES public.challenges(id);


--
-- Name: experiments experiments_control_version_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.experiments
    ADD CONSTRAINT experiments_control_version_id_fkey FOREIGN KEY (control_version_id) REFERENCES public.challenge_versions(id);


--
-- Name: experiments experiments_started_by_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.experiments
    ADD CONSTRAINT experiments_started_by_fkey FOREIGN KEY (started_by) REFERENCES public.users(id);


--
-- Name: experiments experiments_stopped_by_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.experiments
    ADD CONSTRAINT experiments_stopped_by_fkey FOREIGN KEY (stopped_by) REFERENCES public.publications(id);


--
-- Name: idempotency_keys idempotency_keys_actor_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.idempotency_keys
    ADD CONSTRAINT idempotency_keys_actor_id_fkey FOREIGN KEY (actor_id) REFERENCES public.users(id);


--
-- Name: invitations invitations_user_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.invitations
    ADD CONSTRAINT invitations_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);


--
-- Name: leaderboard_entries leaderboard_entries_challenge_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.leaderboard_entries
    ADD CONSTRAINT leaderboard_entries_challenge_id_fkey FOREIGN KEY (challenge_id) REFERENCES public.challenges(id);


--
-- Name: leaderboard_entries leaderboard_entries_user_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.leaderboard_entries
    ADD CONSTRAINT leaderboard_entries_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);


--
-- Name: lessons lessons_module_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.lessons
    ADD CONSTRAINT lessons_module_id_fkey FOREIGN KEY (module_id) REFERENCES public.modules(id);


--
-- Name: modules modules_track_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.modules
    ADD CONSTRAINT modules_track_id_fkey FOREIGN KEY (track_id) REFERENCES public.tracks(id);


--
-- Name: notices notices_challenge_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.notices
    ADD CONSTRAINT notices_challenge_id_fkey FOREIGN KEY (challenge_id) REFERENCES public.challenges(id);


--
-- Name: notices notices_from_version_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.notices
    ADD CONSTRAINT notices_from_version_id_fkey FOREIGN KEY (from_version_id) REFERENCES public.challenge_versions(id);


--
-- Name: notices notices_to_version_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.notices
    ADD CONSTRAINT notices_to_version_id_fkey FOREIGN KEY (to_version_id) REFERENCES public.challenge_versions(id);


--
-- Name: notices notices_user_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.notices
    ADD CONSTRAINT notices_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);


--
-- Name: publication_records publication_records_publication_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.publication_records
    ADD CONSTRAINT publication_records_publication_id_fkey FOREIGN KEY (publication_id) REFERENCES public.publications(id);


--
-- Name: publications publications_actor_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.publications
    ADD CONSTRAINT publications_actor_id_fkey FOREIGN KEY (actor_id) REFERENCES public.users(id);


--
-- Name: publications publications_inverse_of_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.publications
    ADD CONSTRAINT publications_inverse_of_fkey FOREIGN KEY (inverse_of) REFERENCES public.publications(id);


--
-- Name: release_items release_items_added_by_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.release_items
    ADD CONSTRAINT release_items_added_by_fkey FOREIGN KEY (added_by) REFERENCES public.users(id);


--
-- Name: release_items release_items_edited_by_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.release_items
    ADD CONSTRAINT release_items_edited_by_fkey FOREIGN KEY (edited_by) REFERENCES public.users(id);


--
-- Name: release_items release_items_release_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.release_items
    ADD CONSTRAINT release_items_release_id_fkey FOREIGN KEY (release_id) REFERENCES public.releases(id);


--
-- Name: release_items release_items_restored_from_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.release_items
    ADD CONSTRAINT release_items_restored_from_fkey FOREIGN KEY (restored_from) REFERENCES public.challenge_versions(id);


--
-- Name: release_items release_items_solution_hash_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.release_items
    ADD CONSTRAINT release_items_solution_hash_fkey FOREIGN KEY (solution_hash) REFERENCES public.solutions(hash);


--
-- Name: release_items release_items_version_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.release_items
    ADD CONSTRAINT release_items_version_id_fkey FOREIGN KEY (version_id) REFERENCES public.challenge_versions(id);


--
-- Name: releases releases_created_by_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.releases
    ADD CONSTRAINT releases_created_by_fkey FOREIGN KEY (created_by) REFERENCES public.users(id);


--
-- Name: releases releases_publication_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.releases
    ADD CONSTRAINT releases_publication_id_fkey FOREIGN KEY (publication_id) REFERENCES public.publications(id);


--
-- Name: releases releases_revert_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.releases
    ADD CONSTRAINT releases_revert_id_fkey FOREIGN KEY (revert_id) REFERENCES public.publications(id);


--
-- Name: releases releases_scheduled_by_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.releases
    ADD CONSTRAINT releases_scheduled_by_fkey FOREIGN KEY (scheduled_by) REFERENCES public.users(id);


--
-- Name: replay_items replay_items_replay_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.replay_items
    ADD CONSTRAINT replay_items_replay_id_fkey FOREIGN KEY (replay_id) REFERENCES public.replays(id);


--
-- Name: replay_items replay_items_user_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.replay_items
    ADD CONSTRAINT replay_items_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);


--
-- Name: replays replays_against_version_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.replays
    ADD CONSTRAINT replays_against_version_id_fkey FOREIGN KEY (against_version_id) REFERENCES public.challenge_versions(id);


--
-- Name: replays replays_challenge_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.replays
    ADD CONSTRAINT replays_challenge_id_fkey FOREIGN KEY (challenge_id) REFERENCES public.challenges(id);


--
-- Name: replays replays_requested_by_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.replays
    ADD CONSTRAINT replays_requested_by_fkey FOREIGN KEY (requested_by) REFERENCES public.users(id);


--
-- Name: review_requests review_requests_challenge_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.review_requests
    ADD CONSTRAINT review_requests_challenge_id_fkey FOREIGN KEY (challenge_id) REFERENCES public.challenges(id);


--
-- Name: review_requests review_requests_requested_by_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.review_requests
    ADD CONSTRAINT review_requests_requested_by_fkey FOREIGN KEY (requested_by) REFERENCES public.users(id);


--
-- Name: reviews reviews_challenge_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.reviews
    ADD CONSTRAINT reviews_challenge_id_fkey FOREIGN KEY (challenge_id) REFERENCES public.challenges(id);


--
-- Name: reviews reviews_reviewer_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.reviews
    ADD CONSTRAINT reviews_reviewer_id_fkey FOREIGN KEY (reviewer_id) REFERENCES public.users(id);


--
-- Name: runs runs_challenge_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.runs
    ADD CONSTRAINT runs_challenge_id_fkey FOREIGN KEY (challenge_id) REFERENCES public.challenges(id);


--
-- Name: runs runs_requested_by_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.runs
    ADD CONSTRAINT runs_requested_by_fkey FOREIGN KEY (requested_by) REFERENCES public.users(id);


--
-- Name: runs runs_solution_hash_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.runs
    ADD CONSTRAINT runs_solution_hash_fkey FOREIGN KEY (solution_hash) REFERENCES public.solutions(hash);


--
-- Name: sessions sessions_user_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);


--
-- Name: test_library_names test_library_names_hash_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.test_library_names
    ADD CONSTRAINT test_library_names_hash_fkey FOREIGN KEY (hash) REFERENCES public.test_libraries(hash);


--
-- Name: test_library_names test_library_names_uploaded_by_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.test_library_names
    ADD CONSTRAINT test_library_names_uploaded_by_fkey FOREIGN KEY (uploaded_by) REFERENCES public.users(id);


--
-- Name: user_enrollments user_enrollments_track_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.user_enrollments
    ADD CONSTRAINT user_enrollments_track_id_fkey FOREIGN KEY (track_id) REFERENCES public.tracks(id);


--
-- Name: user_enrollments user_enrollments_user_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.user_enrollments
    ADD CONSTRAINT user_enrollments_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);


--
-- Name: user_progress user_progress_best_version_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.user_progress
    ADD CONSTRAINT user_progress_best_version_id_fkey FOREIGN KEY (best_version_id) REFERENCES public.challenge_versions(id);


--
-- Name: user_progress user_progress_challenge_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.user_progress
    ADD CONSTRAINT user_progress_challenge_id_fkey FOREIGN KEY (challenge_id) REFERENCES public.challenges(id);


--
-- Name: user_progress user_progress_completed_version_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.user_progress
    ADD CONSTRAINT user_progress_completed_version_id_fkey FOREIGN KEY (completed_version_id) REFERENCES public.challenge_versions(id);


--
-- Name: user_progress user_progress_pinned_version_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.user_progress
    ADD CONSTRAINT user_progress_pinned_version_id_fkey FOREIGN KEY (pinned_version_id) REFERENCES public.challenge_versions(id);


--
-- Name: user_progress user_progress_user_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.user_progress
    ADD CONSTRAINT user_progress_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);


--
-- Name: version_successions version_successions_challenge_id_seq_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.version_successions
    ADD CONSTRAINT version_successions_challenge_id_seq_fkey FOREIGN KEY (challenge_id, seq) REFERENCES public.version_migrations(challenge_id, seq);


--
-- Name: leaderboard_entries all_may_read; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY all_may_read ON public.leaderboard_entries FOR SELECT TO palimpsest_gateway USING (true);


--
-- Name: challenge_attempts; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.challenge_attempts ENABLE ROW LEVEL SECURITY;

--
-- Name: challenge_attempts_archive; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.challenge_attempts_archive ENABLE ROW LEVEL SECURITY;

--
-- Name: experiment_assignments; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.experiment_assignments ENABLE ROW LEVEL SECURITY;

--
-- Name: challenge_attempts jobs; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY jobs ON public.challenge_attempts TO palimpsest_worker USING (true) WITH CHECK (true);


--
-- Name: challenge_attempts_archive jobs; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY jobs ON public.challenge_attempts_archive TO palimpsest_worker USING (true) WITH CHECK (true);


--
-- Name: experiment_assignments jobs; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY jobs ON public.experiment_assignments TO palimpsest_worker USING (true) WITH CHECK (true);


--
-- Name: leaderboard_entries jobs; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY jobs ON public.leaderboard_entries TO palimpsest_worker USING (true) WITH CHECK (true);


--
-- Name: notices jobs; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY jobs ON public.notices TO palimpsest_worker USING (true) WITH CHECK (true);


--
-- Name: replay_items jobs; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY jobs ON public.replay_items TO palimpsest_worker USING (true) WITH CHECK (true);


--
-- Name: user_enrollments jobs; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY jobs ON public.user_enrollments TO palimpsest_worker USING (true) WITH CHECK (true);


--
-- Name: user_progress jobs; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY jobs ON public.user_progress TO palimpsest_worker USING (true) WITH CHECK (true);


--
-- Name: leaderboard_entries; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.leaderboard_entries ENABLE ROW LEVEL SECURITY;

--
-- Name: notices; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.notices ENABLE ROW LEVEL SECURITY;

--
-- Name: challenge_attempts own_rows; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY own_rows ON public.challenge_attempts TO palimpsest_gateway USING ((user_id = ( SELECT (NULLIF(current_setting('app.user_id'::text, true), ''::text))::uuid AS "nullif")));


--
-- Name: challenge_attempts_archive own_rows; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY own_rows ON public.challenge_attempts_archive TO palimpsest_gateway USING ((user_id = ( SELECT (NULLIF(current_setting('app.user_id'::text, true), ''::text))::uuid AS "nullif")));


--
-- Name: experiment_assignments own_rows; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY own_rows ON public.experiment_assignments TO palimpsest_gateway USING ((user_id = ( SELECT (NULLIF(current_setting('app.user_id'::text, true), ''::text))::uuid AS "nullif")));


--
-- Name: leaderboard_entries own_rows; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY own_rows ON public.leaderboard_entries TO palimpsest_gateway USING ((user_id = ( SELECT (NULLIF(current_setting('app.user_id'::text, true), ''::text))::uuid AS "nullif")));


--
-- Name: notices own_rows; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY own_rows ON public.notices TO palimpsest_gateway USING ((user_id = ( SELECT (NULLIF(current_setting('app.user_id'::text, true), ''::text))::uuid AS "nullif")));


--
-- Name: user_enrollments own_rows; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY own_rows ON public.user_enrollments TO palimpsest_gateway USING ((user_id = ( SELECT (NULLIF(current_setting('app.user_id'::text, true), ''::text))::uuid AS "nullif")));


--
-- Name: user_progress own_rows; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY own_rows ON public.user_progress TO palimpsest_gateway USING ((user_id = ( SELECT (NULLIF(current_setting('app.user_id'::text, true), ''::text))::uuid AS "nullif")));


--
-- Name: replay_items; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.replay_items ENABLE ROW LEVEL SECURITY;

--
-- Name: user_enrollments; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.user_enrollments ENABLE ROW LEVEL SECURITY;

--
-- Name: user_progress; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.user_progress ENABLE ROW LEVEL SECURITY;

--
-- Name: SCHEMA public; Type: ACL; Schema: -; Owner: -
--

GRANT ALL ON SCHEMA public TO palimpsest_owner;


--
-- Name: FUNCTION archive_month_of_attempts(month date); Type: ACL; Schema: public; Owner: -
--

REVOKE ALL ON FUNCTION public.archive_month_of_attempts(month date) FROM PUBLIC;


--
-- Name: FUNCTION attempts_of_verdicts(judged_hashes text[], code_hashes text[]); Type: ACL; Schema: public; Owner: -
--

REVOKE ALL ON FUNCTION public.attempts_of_verdicts(judged_hashes text[], code_hashes text[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.attempts_of_verdicts(judged_hashes text[], code_hashes text[]) TO palimpsest_gateway;


--
-- Name: FUNCTION attempts_partition(month date); Type: ACL; Schema: public; Owner: -
--

REVOKE ALL ON FUNCTION public.attempts_partition(month date) FROM PUBLIC;


--
-- Name: FUNCTION experiment_counts(ids uuid[]); Type: ACL; Schema: public; Owner: -
--

REVOKE ALL ON FUNCTION public.experiment_counts(ids uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.experiment_counts(ids uuid[]) TO palimpsest_gateway;


--
-- Name: FUNCTION experiment_errors(id uuid); Type: ACL; Schema: public; Owner: -
--

REVOKE ALL ON FUNCTION public.experiment_errors(id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.experiment_errors(id uuid) TO palimpsest_gateway;


--
-- Name: FUNCTION learners_of_challenge(challenge uuid, judged text); Type: ACL; Schema: public; Owner: -
--

REVOKE ALL ON FUNCTION public.learners_of_challenge(challenge uuid, judged text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.learners_of_challenge(challenge uuid, judged text) TO palimpsest_gateway;


--
-- Name: FUNCTION make_month_of_attempts(month date); Type: ACL; Schema: public; Owner: -
--

REVOKE ALL ON FUNCTION public.make_month_of_attempts(month date) FROM PUBLIC;


--
-- Name: FUNCTION replay_samples(replay uuid, most integer); Type: ACL; Schema: public; Owner: -
--

REVOKE ALL ON FUNCTION public.replay_samples(replay uuid, most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.replay_samples(replay uuid, most integer) TO palimpsest_gateway;


--
-- Name: FUNCTION slow_statements(most integer); Type: ACL; Schema: public; Owner: -
--

REVOKE ALL ON FUNCTION public.slow_statements(most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.slow_statements(most integer) TO palimpsest_gateway;


--
-- Name: TABLE api_tokens; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT,INSERT,UPDATE ON TABLE public.api_tokens TO palimpsest_gateway;


--
-- Name: TABLE challenge_attempts; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT,INSERT ON TABLE public.challenge_attempts TO palimpsest_gateway;


--
-- Name: COLUMN challenge_attempts.status; Type: ACL; Schema: public; Owner: -
--

GRANT UPDATE(status) ON TABLE public.challenge_attempts TO palimpsest_gateway;


--
-- Name: COLUMN challenge_attempts.score; Type: ACL; Schema: public; Owner: -
--

GRANT UPDATE(score) ON TABLE public.challenge_attempts TO palimpsest_gateway;


--
-- Name: COLUMN challenge_attempts.results; Type: ACL; Schema: public; Owner: -
--

GRANT UPDATE(results) ON TABLE public.challenge_attempts TO palimpsest_gateway;


--
-- Name: COLUMN challenge_attempts.graded_at; Type: ACL; Schema: public; Owner: -
--

GRANT UPDATE(graded_at) ON TABLE public.challenge_attempts TO palimpsest_gateway;


--
-- Name: COLUMN challenge_attempts.graded_by; Type: ACL; Schema: public; Owner: -
--

GRANT UPDATE(graded_by) ON TABLE public.challenge_attempts TO palimpsest_gateway;


--
-- Name: COLUMN challenge_attempts.tries; Type: ACL; Schema: public; Owner: -
--

GRANT UPDATE(tries) ON TABLE public.challenge_attempts TO palimpsest_gateway;


--
-- Name: COLUMN challenge_attempts.failures; Type: ACL; Schema: public; Owner: -
--

GRANT UPDATE(failures) ON TABLE public.challenge_attempts TO palimpsest_gateway;


--
-- Name: COLUMN challenge_attempts.run_status; Type: ACL; Schema: public; Owner: -
--

GRANT UPDATE(run_status) ON TABLE public.challenge_attempts TO palimpsest_gateway;


--
-- Name: COLUMN challenge_attempts.page_errors; Type: ACL; Schema: public; Owner: -
--

GRANT UPDATE(page_errors) ON TABLE public.challenge_attempts TO palimpsest_gateway;


--
-- Name: COLUMN challenge_attempts.rejudged_at; Type: ACL; Schema: public; Owner: -
--

GRANT UPDATE(rejudged_at) ON TABLE public.challenge_attempts TO palimpsest_gateway;


--
-- Name: TABLE challenge_attempts_archive; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT ON TABLE public.challenge_attempts_archive TO palimpsest_gateway;


--
-- Name: TABLE attempts; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT ON TABLE public.attempts TO palimpsest_gateway;


--
-- Name: TABLE audit_events; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT,INSERT ON TABLE public.audit_events TO palimpsest_gateway;


--
-- Name: TABLE audit_head; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT,UPDATE ON TABLE public.audit_head TO palimpsest_gateway;


--
-- Name: TABLE challenges; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT,INSERT,UPDATE ON TABLE public.challenges TO palimpsest_gateway;


--
-- Name: TABLE lessons; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT,INSERT,UPDATE ON TABLE public.lessons TO palimpsest_gateway;


--
-- Name: TABLE modules; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT,INSERT,UPDATE ON TABLE public.modules TO palimpsest_gateway;


--
-- Name: TABLE tracks; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT,INSERT,UPDATE ON TABLE public.tracks TO palimpsest_gateway;


--
-- Name: TABLE track_nodes; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT ON TABLE public.track_nodes TO palimpsest_gateway;


--
-- Name: TABLE module_nodes; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT ON TABLE public.module_nodes TO palimpsest_gateway;


--
-- Name: TABLE lesson_nodes; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT ON TABLE public.lesson_nodes TO palimpsest_gateway;


--
-- Name: TABLE challenge_nodes; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT ON TABLE public.challenge_nodes TO palimpsest_gateway;


--
-- Name: TABLE challenge_versions; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT,INSERT ON TABLE public.challenge_versions TO palimpsest_gateway;


--
-- Name: COLUMN challenge_versions.is_active; Type: ACL; Schema: public; Owner: -
--

GRANT UPDATE(is_active) ON TABLE public.challenge_versions TO palimpsest_gateway;


--
-- Name: COLUMN challenge_versions.weight; Type: ACL; Schema: public; Owner: -
--

GRANT UPDATE(weight) ON TABLE public.challenge_versions TO palimpsest_gateway;


--
-- Name: TABLE draft_history; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT,INSERT,DELETE ON TABLE public.draft_history TO palimpsest_gateway;


--
-- Name: TABLE experiment_arms; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT,INSERT ON TABLE public.experiment_arms TO palimpsest_gateway;


--
-- Name: TABLE experiment_assignments; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT,INSERT ON TABLE public.experiment_assignments TO palimpsest_gateway;


--
-- Name: TABLE experiments; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT,INSERT ON TABLE public.experiments TO palimpsest_gateway;


--
-- Name: COLUMN experiments.phase; Type: ACL; Schema: public; Owner: -
--

GRANT UPDATE(phase) ON TABLE public.experiments TO palimpsest_gateway;


--
-- Name: COLUMN experiments.state; Type: ACL; Schema: public; Owner: -
--

GRANT UPDATE(state) ON TABLE public.experiments TO palimpsest_gateway;


--
-- Name: COLUMN experiments.stopped_at; Type: ACL; Schema: public; Owner: -
--

GRANT UPDATE(stopped_at) ON TABLE public.experiments TO palimpsest_gateway;


--
-- Name: COLUMN experiments.stopped_by; Type: ACL; Schema: public; Owner: -
--

GRANT UPDATE(stopped_by) ON TABLE public.experiments TO palimpsest_gateway;


--
-- Name: COLUMN experiments.guardrail; Type: ACL; Schema: public; Owner: -
--

GRANT UPDATE(guardrail) ON TABLE public.experiments TO palimpsest_gateway;


--
-- Name: TABLE idempotency_keys; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.idempotency_keys TO palimpsest_gateway;


--
-- Name: TABLE invitations; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT,INSERT,UPDATE ON TABLE public.invitations TO palimpsest_gateway;


--
-- Name: TABLE leaderboard_entries; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT,INSERT ON TABLE public.leaderboard_entries TO palimpsest_gateway;


--
-- Name: TABLE user_progress; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT,INSERT ON TABLE public.user_progress TO palimpsest_gateway;


--
-- Name: COLUMN user_progress.status; Type: ACL; Schema: public; Owner: -
--

GRANT UPDATE(status) ON TABLE public.user_progress TO palimpsest_gateway;


--
-- Name: COLUMN user_progress.best_score; Type: ACL; Schema: public; Owner: -
--

GRANT UPDATE(best_score) ON TABLE public.user_progress TO palimpsest_gateway;


--
-- Name: COLUMN user_progress.total_attempts; Type: ACL; Schema: public; Owner: -
--

GRANT UPDATE(total_attempts) ON TABLE public.user_progress TO palimpsest_gateway;


--
-- Name: COLUMN user_progress.last_attempt_at; Type: ACL; Schema: public; Owner: -
--

GRANT UPDATE(last_attempt_at) ON TABLE public.user_progress TO palimpsest_gateway;


--
-- Name: COLUMN user_progress.pinned_version_id; Type: ACL; Schema: public; Owner: -
--

GRANT UPDATE(pinned_version_id) ON TABLE public.user_progress TO palimpsest_gateway;


--
-- Name: COLUMN user_progress.completed_at; Type: ACL; Schema: public; Owner: -
--

GRANT UPDATE(completed_at) ON TABLE public.user_progress TO palimpsest_gateway;


--
-- Name: COLUMN user_progress.completed_attempt_id; Type: ACL; Schema: public; Owner: -
--

GRANT UPDATE(completed_attempt_id) ON TABLE public.user_progress TO palimpsest_gateway;


--
-- Name: COLUMN user_progress.completed_version_id; Type: ACL; Schema: public; Owner: -
--

GRANT UPDATE(completed_version_id) ON TABLE public.user_progress TO palimpsest_gateway;


--
-- Name: COLUMN user_progress.pinned_seq; Type: ACL; Schema: public; Owner: -
--

GRANT UPDATE(pinned_seq) ON TABLE public.user_progress TO palimpsest_gateway;


--
-- Name: COLUMN user_progress.best_attempt_id; Type: ACL; Schema: public; Owner: -
--

GRANT UPDATE(best_attempt_id) ON TABLE public.user_progress TO palimpsest_gateway;


--
-- Name: COLUMN user_progress.best_version_id; Type: ACL; Schema: public; Owner: -
--

GRANT UPDATE(best_version_id) ON TABLE public.user_progress TO palimpsest_gateway;


--
-- Name: COLUMN user_progress.best_code_hash; Type: ACL; Schema: public; Owner: -
--

GRANT UPDATE(best_code_hash) ON TABLE public.user_progress TO palimpsest_gateway;


--
-- Name: TABLE mv_challenge_statistics; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT ON TABLE public.mv_challenge_statistics TO palimpsest_gateway;


--
-- Name: TABLE user_enrollments; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT,INSERT ON TABLE public.user_enrollments TO palimpsest_gateway;


--
-- Name: COLUMN user_enrollments.completed_challenges; Type: ACL; Schema: public; Owner: -
--

GRANT UPDATE(completed_challenges) ON TABLE public.user_enrollments TO palimpsest_gateway;


--
-- Name: COLUMN user_enrollments.earned_points; Type: ACL; Schema: public; Owner: -
--

GRANT UPDATE(earned_points) ON TABLE public.user_enrollments TO palimpsest_gateway;


--
-- Name: COLUMN user_enrollments.last_completed_at; Type: ACL; Schema: public; Owner: -
--

GRANT UPDATE(last_completed_at) ON TABLE public.user_enrollments TO palimpsest_gateway;


--
-- Name: TABLE mv_track_statistics; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT ON TABLE public.mv_track_statistics TO palimpsest_gateway;


--
-- Name: TABLE notices; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT,INSERT,DELETE ON TABLE public.notices TO palimpsest_gateway;


--
-- Name: COLUMN notices.id; Type: ACL; Schema: public; Owner: -
--

GRANT UPDATE(id) ON TABLE public.notices TO palimpsest_gateway;


--
-- Name: COLUMN notices.seq; Type: ACL; Schema: public; Owner: -
--

GRANT UPDATE(seq) ON TABLE public.notices TO palimpsest_gateway;


--
-- Name: COLUMN notices.kind; Type: ACL; Schema: public; Owner: -
--

GRANT UPDATE(kind) ON TABLE public.notices TO palimpsest_gateway;


--
-- Name: COLUMN notices.from_version_id; Type: ACL; Schema: public; Owner: -
--

GRANT UPDATE(from_version_id) ON TABLE public.notices TO palimpsest_gateway;


--
-- Name: COLUMN notices.to_version_id; Type: ACL; Schema: public; Owner: -
--

GRANT UPDATE(to_version_id) ON TABLE public.notices TO palimpsest_gateway;


--
-- Name: COLUMN notices.created_at; Type: ACL; Schema: public; Owner: -
--

GRANT UPDATE(created_at) ON TABLE public.notices TO palimpsest_gateway;


--
-- Name: COLUMN notices.seen_at; Type: ACL; Schema: public; Owner: -
--

GRANT UPDATE(seen_at) ON TABLE public.notices TO palimpsest_gateway;


--
-- Name: TABLE publication_head; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT,UPDATE ON TABLE public.publication_head TO palimpsest_gateway;


--
-- Name: TABLE publication_records; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT,INSERT ON TABLE public.publication_records TO palimpsest_gateway;


--
-- Name: TABLE publications; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT,INSERT ON TABLE public.publications TO palimpsest_gateway;


--
-- Name: TABLE rate_limits; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.rate_limits TO palimpsest_gateway;


--
-- Name: TABLE redirects; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT,INSERT,UPDATE ON TABLE public.redirects TO palimpsest_gateway;


--
-- Name: TABLE release_items; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.release_items TO palimpsest_gateway;


--
-- Name: TABLE releases; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT,INSERT ON TABLE public.releases TO palimpsest_gateway;


--
-- Name: COLUMN releases.state; Type: ACL; Schema: public; Owner: -
--

GRANT UPDATE(state) ON TABLE public.releases TO palimpsest_gateway;


--
-- Name: COLUMN releases.scheduled_at; Type: ACL; Schema: public; Owner: -
--

GRANT UPDATE(scheduled_at) ON TABLE public.releases TO palimpsest_gateway;


--
-- Name: COLUMN releases.scheduled_by; Type: ACL; Schema: public; Owner: -
--

GRANT UPDATE(scheduled_by) ON TABLE public.releases TO palimpsest_gateway;


--
-- Name: COLUMN releases.proving_since; Type: ACL; Schema: public; Owner: -
--

GRANT UPDATE(proving_since) ON TABLE public.releases TO palimpsest_gateway;


--
-- Name: COLUMN releases.ended_at; Type: ACL; Schema: public; Owner: -
--

GRANT UPDATE(ended_at) ON TABLE public.releases TO palimpsest_gateway;


--
-- Name: COLUMN releases.late_seconds; Type: ACL; Schema: public; Owner: -
--

GRANT UPDATE(late_seconds) ON TABLE public.releases TO palimpsest_gateway;


--
-- Name: COLUMN releases.failures; Type: ACL; Schema: public; Owner: -
--

GRANT UPDATE(failures) ON TABLE public.releases TO palimpsest_gateway;


--
-- Name: COLUMN releases.publication_id; Type: ACL; Schema: public; Owner: -
--

GRANT UPDATE(publication_id) ON TABLE public.releases TO palimpsest_gateway;


--
-- Name: COLUMN releases.revert_id; Type: ACL; Schema: public; Owner: -
--

GRANT UPDATE(revert_id) ON TABLE public.releases TO palimpsest_gateway;


--
-- Name: TABLE replays; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT ON TABLE public.replays TO palimpsest_gateway;


--
-- Name: COLUMN replays.id; Type: ACL; Schema: public; Owner: -
--

GRANT INSERT(id) ON TABLE public.replays TO palimpsest_gateway;


--
-- Name: COLUMN replays.challenge_id; Type: ACL; Schema: public; Owner: -
--

GRANT INSERT(challenge_id) ON TABLE public.replays TO palimpsest_gateway;


--
-- Name: COLUMN replays.requested_by; Type: ACL; Schema: public; Owner: -
--

GRANT INSERT(requested_by) ON TABLE public.replays TO palimpsest_gateway;


--
-- Name: COLUMN replays.requested_at; Type: ACL; Schema: public; Owner: -
--

GRANT INSERT(requested_at) ON TABLE public.replays TO palimpsest_gateway;


--
-- Name: COLUMN replays.content_hash; Type: ACL; Schema: public; Owner: -
--

GRANT INSERT(content_hash) ON TABLE public.replays TO palimpsest_gateway;


--
-- Name: COLUMN replays.judged_hash; Type: ACL; Schema: public; Owner: -
--

GRANT INSERT(judged_hash) ON TABLE public.replays TO palimpsest_gateway;


--
-- Name: COLUMN replays.tests; Type: ACL; Schema: public; Owner: -
--

GRANT INSERT(tests) ON TABLE public.replays TO palimpsest_gateway;


--
-- Name: COLUMN replays.hooks; Type: ACL; Schema: public; Owner: -
--

GRANT INSERT(hooks) ON TABLE public.replays TO palimpsest_gateway;


--
-- Name: COLUMN replays.libraries; Type: ACL; Schema: public; Owner: -
--

GRANT INSERT(libraries) ON TABLE public.replays TO palimpsest_gateway;


--
-- Name: COLUMN replays.against_version_id; Type: ACL; Schema: public; Owner: -
--

GRANT INSERT(against_version_id) ON TABLE public.replays TO palimpsest_gateway;


--
-- Name: COLUMN replays.against_judged_hash; Type: ACL; Schema: public; Owner: -
--

GRANT INSERT(against_judged_hash) ON TABLE public.replays TO palimpsest_gateway;


--
-- Name: COLUMN replays.seed; Type: ACL; Schema: public; Owner: -
--

GRANT INSERT(seed) ON TABLE public.replays TO palimpsest_gateway;


--
-- Name: COLUMN replays.most; Type: ACL; Schema: public; Owner: -
--

GRANT INSERT(most) ON TABLE public.replays TO palimpsest_gateway;


--
-- Name: COLUMN replays.state; Type: ACL; Schema: public; Owner: -
--

GRANT INSERT(state),UPDATE(state) ON TABLE public.replays TO palimpsest_gateway;


--
-- Name: COLUMN replays.finished_at; Type: ACL; Schema: public; Owner: -
--

GRANT UPDATE(finished_at) ON TABLE public.replays TO palimpsest_gateway;


--
-- Name: COLUMN replays.declared_names; Type: ACL; Schema: public; Owner: -
--

GRANT INSERT(declared_names) ON TABLE public.replays TO palimpsest_gateway;


--
-- Name: TABLE review_requests; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT,INSERT ON TABLE public.review_requests TO palimpsest_gateway;


--
-- Name: TABLE reviews; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT,INSERT ON TABLE public.reviews TO palimpsest_gateway;


--
-- Name: TABLE runners; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT ON TABLE public.runners TO palimpsest_gateway;


--
-- Name: TABLE runs; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT,INSERT ON TABLE public.runs TO palimpsest_gateway;


--
-- Name: COLUMN runs.state; Type: ACL; Schema: public; Owner: -
--

GRANT UPDATE(state) ON TABLE public.runs TO palimpsest_gateway;


--
-- Name: COLUMN runs.finished_at; Type: ACL; Schema: public; Owner: -
--

GRANT UPDATE(finished_at) ON TABLE public.runs TO palimpsest_gateway;


--
-- Name: TABLE sessions; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT,INSERT,DELETE ON TABLE public.sessions TO palimpsest_gateway;


--
-- Name: TABLE settings; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT,INSERT,UPDATE ON TABLE public.settings TO palimpsest_gateway;


--
-- Name: TABLE solutions; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT,INSERT ON TABLE public.solutions TO palimpsest_gateway;


--
-- Name: TABLE test_libraries; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT,INSERT ON TABLE public.test_libraries TO palimpsest_gateway;


--
-- Name: TABLE test_library_names; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT,INSERT ON TABLE public.test_library_names TO palimpsest_gateway;


--
-- Name: COLUMN test_library_names.uploaded_at; Type: ACL; Schema: public; Owner: -
--

GRANT UPDATE(uploaded_at) ON TABLE public.test_library_names TO palimpsest_gateway;


--
-- Name: COLUMN test_library_names.uploaded_by; Type: ACL; Schema: public; Owner: -
--

GRANT UPDATE(uploaded_by) ON TABLE public.test_library_names TO palimpsest_gateway;


--
-- Name: TABLE users; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT,INSERT,UPDATE ON TABLE public.users TO palimpsest_gateway;


--
-- Name: TABLE verdict_changes; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT ON TABLE public.verdict_changes TO palimpsest_gateway;


--
-- Name: TABLE verdicts; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT ON TABLE public.verdicts TO palimpsest_gateway;


--
-- Name: TABLE version_migrations; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT,INSERT ON TABLE public.version_migrations TO palimpsest_gateway;


--
-- Name: TABLE version_successions; Type: ACL; Schema: public; Owner: -
--

GRANT SELECT,INSERT ON TABLE public.version_successions TO palimpsest_gateway;


--
-- Name: DEFAULT PRIVILEGES FOR FUNCTIONS; Type: DEFAULT ACL; Schema: -; Owner: -
--

ALTER DEFAULT PRIVILEGES FOR ROLE palimpsest_owner REVOKE ALL ON FUNCTIONS FROM PUBLIC;


--
-- Name: DEFAULT PRIVILEGES FOR FUNCTIONS; Type: DEFAULT ACL; Schema: -; Owner: -
--

ALTER DEFAULT PRIVILEGES FOR ROLE palimpsest_worker REVOKE ALL ON FUNCTIONS FROM PUBLIC;


--
-- PostgreSQL database dump complete
--

\unrestrict palimpsest

