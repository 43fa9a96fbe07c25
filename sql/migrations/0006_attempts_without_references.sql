-- Making or archiving a month of attempts must lock the attempts and nothing else. A reference from them would have the
-- referenced table locked as well, in an order of its own: a submission that had read a version then waited for the month
-- while the month waited for the version. Neither people nor versions are ever deleted, and a learner's progress, which
-- is written in the same statement, refers to both.
alter table challenge_attempts drop constraint challenge_attempts_user_id_fkey,
    drop constraint challenge_attempts_version_id_fkey,
    drop constraint challenge_attempts_graded_by_fkey;
alter table challenge_attempts_archive drop constraint challenge_attempts_archive_user_id_fkey,
    drop constraint challenge_attempts_archive_version_id_fkey,
    drop constraint challenge_attempts_archive_graded_by_fkey;
