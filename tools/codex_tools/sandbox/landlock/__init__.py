"""Which files a command may use, by Landlock: rules out of a policy, rulesets out of rules."""
