-- Reviews of drafts and the wishes for them.

-- name: insert_review
-- A verdict on one content hash.
insert into reviews (id, challenge_id, verdict, content_hash, reviewer_id, note, created_at)
values (%(id)s, %(challenge_id)s, %(verdict)s, %(content_hash)s, %(reviewer_id)s, %(note)s, %(created_at)s);

-- name: insert_review_request
-- A wish that a content hash be reviewed.
insert into review_requests (id, challenge_id, content_hash, requested_by, note, created_at)
values (%(id)s, %(challenge_id)s, %(content_hash)s, %(requested_by)s, %(note)s, %(created_at)s);

-- name: reviews_by_challenge_id
-- The latest reviews of these challenges, newest first, at most 50 of each.
select r.id, r.challenge_id, r.verdict, r.content_hash, r.reviewer_id, r.note, r.created_at
from unnest(%(ids)s::uuid[]) as wanted (challenge_id)
cross join lateral (
    select o.*
    from reviews o
    where o.challenge_id = wanted.challenge_id
    order by o.created_at desc, o.id desc
    limit 50
) r
order by r.challenge_id, r.created_at desc, r.id desc;

-- name: reviews_by_id
-- The reviews of these ids.
select id, challenge_id, verdict, content_hash, reviewer_id, note, created_at
from reviews
where id = any(%(ids)s);

-- name: open_review_requests_by_challenge_id
-- The latest wish for a review of what these drafts say now.
select distinct on (q.challenge_id) q.id, q.challenge_id, q.content_hash, q.requested_by, q.note, q.created_at
from review_requests q
join challenges c on c.id = q.challenge_id and c.content_hash = q.content_hash
where q.challenge_id = any(%(ids)s)
order by q.challenge_id, q.created_at desc, q.id desc;
