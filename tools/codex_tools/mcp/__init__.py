"""MCP: servers from `mcp_servers_config.json`, run by the MCP host under the sandbox, their tools as ours.

`config` and `files` say which servers there are, `launch` how one is started, `client` is the front end's side,
`host` and `connection` run in the MCP host; `connection` alone imports the SDK.
"""
