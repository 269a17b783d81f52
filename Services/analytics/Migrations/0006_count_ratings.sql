-- Until now nothing was rated.
ALTER TABLE analytics.measures
    ADD COLUMN ratings bigint NOT NULL DEFAULT 0, ADD COLUMN rating_sum bigint NOT NULL DEFAULT 0;
ALTER TABLE analytics.hours
    ADD COLUMN ratings bigint NOT NULL DEFAULT 0, ADD COLUMN rating_sum bigint NOT NULL DEFAULT 0;
ALTER TABLE analytics.measures ALTER COLUMN ratings DROP DEFAULT, ALTER COLUMN rating_sum DROP DEFAULT;
ALTER TABLE analytics.hours ALTER COLUMN ratings DROP DEFAULT, ALTER COLUMN rating_sum DROP DEFAULT;
