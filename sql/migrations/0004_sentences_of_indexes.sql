-- Each index says which named query it serves and for whom; one that serves none is not kept.

drop index invitations_by_user;

comment on index users_service_name is 'people.service_by_name: the service account as which a command or a token acts.';
comment on index users_by_creation is 'people.users_page: accounts, newest first.';
comment on index sessions_by_user is 'sessions.delete_sessions_but: signing out everywhere.';
comment on index sessions_by_expiry is 'housekeeping.delete_expired_sessions: sessions that nobody can use any more.';
comment on index api_tokens_by_user is 'tokens.tokens_by_user_id: somebody''s tokens, newest first.';
comment on index idempotency_keys_by_age is 'housekeeping.delete_old_idempotency_keys: keys that are forgotten after a day.';
comment on index tracks_slug is 'tree.track_by_slug: a track by its address.';
comment on index modules_slug is 'tree.challenge_by_path: a module on the way of an address.';
comment on index lessons_slug is 'tree.challenge_by_path: a lesson on the way of an address.';
comment on index challenges_slug is 'tree.challenge_by_path: the challenge at an address.';
comment on index challenges_by_draft_update is 'drafts.drafts_page: drafts, the last edited first.';
comment on index challenge_versions_live is 'versions.live_versions_by_challenge_id: what learners get of each challenge.';
comment on index reviews_by_challenge is 'reviews.reviews_by_challenge_id: a challenge''s reviews, newest first.';
comment on index review_requests_by_challenge is 'reviews.open_review_requests_by_challenge_id: who waits for a review.';
comment on index publication_records_by_subject is 'log.record_pages_by_subject_id: a subject''s history, newest first.';
