-- Whoever checks the audit log must know where each workspace's ends.
CREATE POLICY every_workspace ON auth.audit_heads TO auth_jobs USING (true);
GRANT SELECT ON auth.audit_heads TO auth_jobs;

-- The setting is read once per statement and not once per row.
ALTER POLICY own_workspaces ON auth.workspaces USING (id = ANY ((SELECT auth.current_workspaces())::uuid[]));
ALTER POLICY own_workspaces ON auth.memberships USING (workspace_id = ANY ((SELECT auth.current_workspaces())::uuid[]));
ALTER POLICY own_workspaces ON auth.sessions USING (workspace_id = ANY ((SELECT auth.current_workspaces())::uuid[]));
ALTER POLICY own_workspaces ON auth.api_keys USING (workspace_id = ANY ((SELECT auth.current_workspaces())::uuid[]));
ALTER POLICY own_workspaces ON auth.revocations USING (workspace_id = ANY ((SELECT auth.current_workspaces())::uuid[]));
ALTER POLICY own_workspaces ON auth.audit USING (workspace_id = ANY ((SELECT auth.current_workspaces())::uuid[]));
ALTER POLICY own_workspaces ON auth.audit_heads USING (workspace_id = ANY ((SELECT auth.current_workspaces())::uuid[]));
