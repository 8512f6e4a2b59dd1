ALTER TABLE `resource` ADD `name` text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE `resource` ADD `folder` text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE `resource` ADD `tags` text DEFAULT '[]' NOT NULL;--> statement-breakpoint
ALTER TABLE `resource` ADD `owner` text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE `resource` ADD `updated_at` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `resource` ADD `updated_by` text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE `resource` ADD `created_at` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `resource` ADD `search` text DEFAULT '' NOT NULL;--> statement-breakpoint
CREATE INDEX `resource_name` ON `resource` (`space`,`kind`,"name" COLLATE NOCASE,`id`);--> statement-breakpoint
CREATE INDEX `resource_updated` ON `resource` (`space`,`kind`,`updated_at`,`id`);--> statement-breakpoint
CREATE INDEX `resource_all_name` ON `resource` (`space`,"name" COLLATE NOCASE,`kind`,`id`);--> statement-breakpoint
CREATE INDEX `resource_all_updated` ON `resource` (`space`,`updated_at`,`kind`,`id`);--> statement-breakpoint
UPDATE `resource` SET (`name`, `folder`, `tags`, `owner`, `search`, `updated_at`, `updated_by`) = (
  SELECT
    coalesce(json_extract(`body`, '$.name'), ''),
    coalesce(json_extract(`body`, '$.folder'), ''),
    coalesce(json_extract(`body`, '$.tags'), '[]'),
    coalesce(json_extract(`body`, '$.owner'), ''),
    lower(`resource`.`id` || char(10) || coalesce(json_extract(`body`, '$.name'), '') || char(10) || coalesce(json_extract(`body`, '$.description'), '')),
    `at`,
    `actor`
  FROM `resource_version` AS `newest`
  WHERE `newest`.`space` = `resource`.`space` AND `newest`.`kind` = `resource`.`kind` AND `newest`.`id` = `resource`.`id` AND `newest`.`version` = `resource`.`version`
) WHERE `search` = '';--> statement-breakpoint
UPDATE `resource` SET `created_at` = coalesce((
  SELECT `at` FROM `resource_version` AS `first`
  WHERE `first`.`space` = `resource`.`space` AND `first`.`kind` = `resource`.`kind` AND `first`.`id` = `resource`.`id` AND `first`.`version` = 1
), `updated_at`) WHERE `created_at` = 0;
