"""Programs that reach for root, for the machine, for accounts or for data elsewhere, as data."""

from __future__ import annotations

from collections.abc import Mapping

ROOT = frozenset(
    (
        "sudo",
        "doas",
        "su",
        "pkexec",
        "sudoedit",
        "runuser",
        "gosu",
        "su-exec",
        "kdesu",
        "gksudo",
        "dzdo",
        "run0",
        "setpriv",
        "machinectl",
        "newgrp",
        "sg",
    )
)
SYSTEM = frozenset(
    (
        *(
            "mkfs",
            "mke2fs",
            "mkswap",
            "fdisk",
            "sfdisk",
            "gdisk",
            "sgdisk",
            "cfdisk",
            "parted",
            "wipefs",
            "shred",
            "srm",
        ),
        *("blkdiscard", "shutdown", "reboot", "halt", "poweroff", "chroot", "mount", "umount", "swapoff", "swapon"),
        *("insmod", "rmmod", "modprobe", "depmod", "kexec", "visudo", "vipw", "vigr", "passwd", "chpasswd", "useradd"),
        *(
            "userdel",
            "usermod",
            "groupadd",
            "groupdel",
            "groupmod",
            "adduser",
            "deluser",
            "addgroup",
            "delgroup",
            "chsh",
        ),
        *("chfn", "gpasswd", "iptables", "ip6tables", "iptables-restore", "nft", "ebtables", "firewall-cmd", "nsenter"),
        *("unshare", "pivot_root", "losetup", "cryptsetup", "lvremove", "vgremove", "pvremove", "lvreduce", "mdadm"),
        *("hdparm", "badblocks", "debugfs", "tune2fs", "resize2fs", "xfs_admin", "setcap", "chattr", "setenforce"),
        *("hostnamectl", "localectl", "update-alternatives", "update-rc.d", "chkconfig", "telinit", "grub-install"),
        *("update-grub", "efibootmgr", "flashrom", "fwupdmgr", "hwclock", "ntpdate", "zap", "wipe", "scrub", "nvme"),
        *("sgdisk", "dmsetup", "fsfreeze", "quotaoff", "csrutil", "nvram", "bless", "spctl", "dscl"),
    )
)
PERSISTENT = frozenset(("crontab", "at", "batch", "anacron", "systemd-run", "incrontab", "atrm"))

PHRASES: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "pip": ((r".*--break-system-packages.*", "system:pip", "changes the programs of the machine"),),
    "pip3": ((r".*--break-system-packages.*", "system:pip", "changes the programs of the machine"),),
    "npm": (
        (
            r"(?:install|i|add|uninstall|un|rm|remove|update|up|link|ln)\b(?: .*)? (?:-g|--global|--location=global)",
            "system:npm",
            "changes the programs of the machine",
        ),
        (
            r"(?:-g|--global) (?:install|i|add|uninstall|rm|remove|update)\b",
            "system:npm",
            "changes the programs of the machine",
        ),
        (
            r"publish|unpublish|deprecate|owner|access|adduser|login|token|dist-tag|logout|profile|"
            r"org|team",
            "publish:npm",
            "reaches the user's account at the registry",
        ),
        (
            r"config set|set|c set",
            "persistence:npm",
            "changes what npm does everywhere",
        ),
    ),
    "pnpm": (
        (
            r"(?:install|i|add|rm|remove|update)\b(?: .*)? (?:-g|--global)",
            "system:pnpm",
            "changes the programs of the machine",
        ),
        (
            r"publish",
            "publish:pnpm",
            "publishes a package",
        ),
    ),
    "yarn": (
        (
            r"global (?:add|remove|upgrade)\b",
            "system:yarn",
            "changes the programs of the machine",
        ),
        (
            r"(?:npm )?publish|npm login",
            "publish:yarn",
            "publishes a package",
        ),
    ),
    "bun": (
        (
            r"publish",
            "publish:bun",
            "publishes a package",
        ),
    ),
    "cargo": (
        (
            r"publish|yank|owner|login|logout",
            "publish:cargo",
            "reaches the user's account at crates.io",
        ),
    ),
    "twine": (
        (
            r"upload|register",
            "publish:twine",
            "publishes a package",
        ),
    ),
    "poetry": (
        (
            r"publish|config (?:pypi-token|http-basic)\S*",
            "publish:poetry",
            "publishes a package",
        ),
    ),
    "uv": (
        (
            r"publish",
            "publish:uv",
            "publishes a package",
        ),
    ),
    "flit": (
        (
            r"publish",
            "publish:flit",
            "publishes a package",
        ),
    ),
    "hatch": (
        (
            r"publish",
            "publish:hatch",
            "publishes a package",
        ),
    ),
    "gem": (
        (
            r"push|yank|owner|signin",
            "publish:gem",
            "publishes a package",
        ),
    ),
    "mvn": (
        (
            r".*\bdeploy\b.*|.*release:perform.*",
            "publish:mvn",
            "publishes a package",
        ),
    ),
    "gh": (
        (
            r"(?:repo|release|secret|gist|issue|run|cache|codespace|label|variable|ssh-key|gpg-key|"
            r"extension|workflow) (?:delete|archive|set|remove|edit|transfer|rename|disable|add)|auth|"
            r"release (?:create|upload)|"
            r"repo create|gist create|workflow run|"
            r"api (?:.* )?(?:-[fF]|--field|--raw-field|--input)\b.*|"
            r"api .*(?:-X|--method)[ =]?(?i:delete|put|post|patch).*|"
            r"pr (?:merge|close)|secret|ssh-key|"
            r"config set|alias",
            "accounts:gh",
            "changes things in the user's account at GitHub",
        ),
    ),
    "glab": (
        (
            r"(?:repo|project|release) (?:delete|create)|mr merge|auth",
            "accounts:glab",
            "changes things in the user's account",
        ),
    ),
    "hub": (
        (
            r"delete|api|release (?:delete|create)|push|merge",
            "accounts:hub",
            "changes things in the user's account",
        ),
    ),
    "terraform": (
        (
            r"(?:-\S+ )*(?:destroy|apply|state (?:rm|mv|push)|import|taint|force-unlock|"
            r"workspace delete)",
            "cloud:terraform",
            "changes or destroys what runs in the cloud",
        ),
    ),
    "tofu": (
        (
            r"(?:-\S+ )*(?:destroy|apply|state rm)",
            "cloud:tofu",
            "changes or destroys what runs in the cloud",
        ),
    ),
    "pulumi": (
        (
            r"destroy|up|stack rm|cancel",
            "cloud:pulumi",
            "changes or destroys what runs in the cloud",
        ),
    ),
    "cdk": (
        (
            r"destroy|deploy",
            "cloud:cdk",
            "changes or destroys what runs in the cloud",
        ),
    ),
    "serverless": (
        (
            r"remove|deploy",
            "cloud:serverless",
            "changes what runs in the cloud",
        ),
    ),
    "kubectl": (
        (
            r"(?:-\S+ (?:\S+ )?)*(?:delete|drain|cordon|taint|replace|apply|patch|scale|edit|exec|"
            r"rollout (?:undo|restart)|create|set|cp|annotate|label|config (?:set|unset|delete|"
            r"use)\S*)",
            "cloud:kubectl",
            "changes a cluster",
        ),
        (
            r".*\bget\b.*\bsecrets?\b.*|.*config view.*--raw.*|.*\bdescribe secrets?\b.*",
            "secret:kubectl",
            "shows secrets of a cluster",
        ),
    ),
    "oc": (
        (
            r"delete|adm|apply",
            "cloud:oc",
            "changes a cluster",
        ),
    ),
    "helm": (
        (
            r"(?:-\S+ )*(?:uninstall|delete|rollback|upgrade|install|push)",
            "cloud:helm",
            "changes a cluster",
        ),
    ),
    "aws": (
        (
            r".*\b(?:s3 (?:rm|rb|mv|cp|sync)|s3api delete\S*|delete-\S+|terminate-\S+|remove-\S+|"
            r"deregister-\S+|put-\S+|create-\S+|update-\S+|modify-\S+|stop-\S+|reboot-\S+|iam|"
            r"configure|sts|secretsmanager|ssm get-\S+|kms)\b.*",
            "cloud:aws",
            "changes the cloud account or shows its secrets",
        ),
    ),
    "gcloud": (
        (
            r".*\b(?:delete|destroy|rm|mv|cp|rsync|remove\S*|reset|update|create|deploy|auth|secrets|iam|stop|set\S*|"
            r"add\S*|disable)\b.*",
            "cloud:gcloud",
            "changes the cloud account or shows its secrets",
        ),
    ),
    "gsutil": (
        (
            r".*\b(?:rm|rb|mv|rsync|acl|iam|cp)\b.*",
            "cloud:gsutil",
            "changes data in the cloud",
        ),
    ),
    "az": (
        (
            r".*\b(?:delete|remove|purge|login|keyvault|get-access-token|create|update|stop|role|ad)\b.*",
            "cloud:az",
            "changes the cloud account or shows its secrets",
        ),
    ),
    "doctl": (
        (
            r".*\b(?:delete|rm|auth|remove)\b.*",
            "cloud:doctl",
            "changes the cloud account",
        ),
    ),
    "heroku": (
        (
            r".*(?:destroy|:delete|pg:reset|config|auth|apps:destroy).*",
            "cloud:heroku",
            "changes the cloud account",
        ),
    ),
    "flyctl": (
        (
            r".*\b(?:destroy|deploy|auth|secrets)\b.*",
            "cloud:fly",
            "changes the cloud account",
        ),
    ),
    "fly": (
        (
            r".*\b(?:destroy|deploy|auth|secrets)\b.*",
            "cloud:fly",
            "changes the cloud account",
        ),
    ),
    "vercel": (
        (
            r".*(?:\b(?:rm|remove|env|login|deploy)\b|--prod).*",
            "cloud:vercel",
            "changes the cloud account",
        ),
    ),
    "netlify": (
        (
            r".*\b(?:delete|deploy|env|login)\b.*",
            "cloud:netlify",
            "changes the cloud account",
        ),
    ),
    "wrangler": (
        (
            r".*\b(?:delete|deploy|publish|secret|login)\b.*",
            "cloud:wrangler",
            "changes the cloud account",
        ),
    ),
    "firebase": (
        (
            r".*(?:delete|deploy|login|:remove).*",
            "cloud:firebase",
            "changes the cloud account",
        ),
    ),
    "vault": (
        (
            r".*",
            "secret:vault",
            "shows or changes secrets",
        ),
    ),
    "op": (
        (
            r".*",
            "secret:op",
            "shows or changes secrets",
        ),
    ),
    "pass": (
        (
            r".*",
            "secret:pass",
            "shows or changes secrets",
        ),
    ),
    "bw": (
        (
            r".*",
            "secret:bw",
            "shows or changes secrets",
        ),
    ),
    "secret-tool": (
        (
            r".*",
            "secret:secret-tool",
            "shows or changes secrets",
        ),
    ),
    "security": (
        (
            r".*(?:find|dump|export|add|delete)\S*.*",
            "secret:security",
            "shows or changes secrets",
        ),
    ),
    "gpg": (
        (
            r".*(?:--export-secret|--delete|--gen|--import|--edit|-d\b|--decrypt|--full-gen|"
            r"--export-ssh).*",
            "accounts:gpg",
            "reaches the user's keys",
        ),
    ),
    "gpg2": (
        (
            r".*(?:--export-secret|--delete|--decrypt).*",
            "accounts:gpg",
            "reaches the user's keys",
        ),
    ),
    "systemctl": (
        (
            r"(?:-\S+ )*(?:enable|disable|start|stop|restart|reload\S*|mask|unmask|daemon-\S+|"
            r"poweroff|reboot|halt|suspend|hibernate|kill|isolate|set-\S+|edit|link|preset\S*|revert|"
            r"rescue|emergency|kexec|import-environment|set-environment|try-restart|reset-failed|"
            r"default|switch-root|exit|soft-reboot|add-\S+|bind|mount-image|clean|freeze|thaw)\b.*",
            "system:systemctl",
            "changes what runs on the machine",
        ),
    ),
    "service": (
        (
            r"\S+ (?:start|stop|restart|reload|force-reload)",
            "system:service",
            "changes what runs on the machine",
        ),
    ),
    "launchctl": (
        (
            r"(?:load|unload|bootstrap|bootout|enable|disable|submit|remove|kickstart|setenv).*",
            "persistence:launchctl",
            "makes something run later, out of sight",
        ),
    ),
    "loginctl": (
        (
            r"(?:enable-linger|terminate\S*|kill\S*|lock\S*).*",
            "persistence:loginctl",
            "changes what runs for the user",
        ),
    ),
    "ip": (
        (
            r"(?:-\S+ )*\S+ (?:add|del|delete|set|flush|change|replace|append)\b.*|"
            r"(?:-\S+ )*netns exec.*|.*-batch.*|-b .*",
            "system:ip",
            "changes the network of the machine",
        ),
    ),
    "ifconfig": (
        (
            r"\S+ \S+.*",
            "system:ifconfig",
            "changes the network of the machine",
        ),
    ),
    "route": (
        (
            r".*\b(?:add|del|delete|flush)\b.*",
            "system:route",
            "changes the network of the machine",
        ),
    ),
    "nmcli": (
        (
            r".*\b(?:down|delete|modify|add|off|up|disconnect|edit|connect)\b.*",
            "system:nmcli",
            "changes the network of the machine",
        ),
    ),
    "date": (
        (
            r".*(?:-s\b|--set|-\w*s ).*|\d{8,12}(?:\.\d\d)?",
            "system:date",
            "sets the clock of the machine",
        ),
    ),
    "hostname": (
        (
            r"(?:-b |-F \S+ |--file\S* )?\w[\w.-]*|-F \S+|--file\S*",
            "system:hostname",
            "renames the machine",
        ),
    ),
    "apt": (
        (
            r"(?:-\S+ )*(?:remove|purge|autoremove|full-upgrade|dist-upgrade|install|upgrade)\b.*",
            "system:apt",
            "changes the programs of the machine",
        ),
    ),
    "apt-get": (
        (
            r"(?:-\S+ )*(?:remove|purge|autoremove|dist-upgrade|install|upgrade|clean)\b.*",
            "system:apt",
            "changes the programs of the machine",
        ),
    ),
    "dpkg": (
        (
            r"(?:-\S+ )*(?:-i|-r|-P|--install|--remove|--purge|--force\S*)\b.*",
            "system:dpkg",
            "changes the programs of the machine",
        ),
    ),
    "yum": (
        (
            r".*\b(?:remove|erase|install|update)\b.*",
            "system:yum",
            "changes the programs of the machine",
        ),
    ),
    "dnf": (
        (
            r".*\b(?:remove|erase|install|upgrade)\b.*",
            "system:dnf",
            "changes the programs of the machine",
        ),
    ),
    "pacman": (
        (
            r"-[SRU]\w* ?.*",
            "system:pacman",
            "changes the programs of the machine",
        ),
    ),
    "apk": (
        (
            r"(?:add|del|upgrade).*",
            "system:apk",
            "changes the programs of the machine",
        ),
    ),
    "snap": (
        (
            r"(?:install|remove|refresh|set).*",
            "system:snap",
            "changes the programs of the machine",
        ),
    ),
    "brew": (
        (
            r"(?:uninstall|remove|rm|cleanup|services).*",
            "system:brew",
            "changes the programs of the machine",
        ),
    ),
    "ssh-add": (
        (
            r".*",
            "accounts:ssh-add",
            "reaches the user's keys",
        ),
    ),
    "ssh-keygen": (
        (
            r".*",
            "accounts:ssh-keygen",
            "reaches the user's keys",
        ),
    ),
    "ssh-copy-id": (
        (
            r".*",
            "accounts:ssh-copy-id",
            "reaches the user's keys",
        ),
    ),
    "keyctl": (
        (
            r".*",
            "accounts:keyctl",
            "reaches the user's keys",
        ),
    ),
    "virsh": (
        (
            r"(?:destroy|undefine|vol-delete).*",
            "system:virsh",
            "destroys a virtual machine",
        ),
    ),
    "vagrant": (
        (
            r"destroy.*",
            "system:vagrant",
            "destroys a virtual machine",
        ),
    ),
    "multipass": (
        (
            r"(?:delete|purge).*",
            "system:multipass",
            "destroys a virtual machine",
        ),
    ),
    "zfs": (
        (
            r"(?:destroy|rollback).*",
            "system:zfs",
            "destroys a file system",
        ),
    ),
    "zpool": (
        (
            r"(?:destroy|labelclear).*",
            "system:zpool",
            "destroys a file system",
        ),
    ),
    "btrfs": (
        (
            r".*\bdelete\b.*",
            "system:btrfs",
            "destroys a file system",
        ),
    ),
    "lvm": (
        (
            r".*",
            "system:lvm",
            "changes disks",
        ),
    ),
    "diskutil": (
        (
            r"(?:erase\S*|partition\S*|secureErase|apfs delete\S*|unmount\S*).*",
            "system:diskutil",
            "changes disks",
        ),
    ),
    "tmutil": (
        (
            r".*",
            "system:tmutil",
            "changes backups",
        ),
    ),
    "defaults": (
        (
            r"(?:write|delete).*",
            "persistence:defaults",
            "changes settings of the user",
        ),
    ),
    "gsettings": (
        (
            r"(?:set|reset).*",
            "persistence:gsettings",
            "changes settings of the user",
        ),
    ),
    "sysctl": (
        (
            r".*(?:-w|-p|=|--system|--load).*",
            "system:sysctl",
            "changes the kernel's settings",
        ),
    ),
    "dropdb": (
        (
            r".*",
            "database:drop",
            "deletes a database for good",
        ),
    ),
    "dropuser": (
        (
            r".*",
            "database:drop",
            "deletes a user of a database for good",
        ),
    ),
    "mysqladmin": (
        (
            r".*\bdrop\b.*|.*shutdown.*",
            "database:drop",
            "deletes a database for good",
        ),
    ),
    "rails": (
        (
            r".*db:(?:drop|reset|purge|schema:load).*",
            "database:drop",
            "deletes a database for good",
        ),
    ),
    "rake": (
        (
            r".*db:(?:drop|reset|purge|schema:load).*",
            "database:drop",
            "deletes a database for good",
        ),
    ),
    "manage.py": (
        (
            r".*(?:flush|reset_db).*",
            "database:drop",
            "deletes a database for good",
        ),
    ),
    "prisma": (
        (
            r".*(?:migrate reset|--force-reset).*",
            "database:drop",
            "deletes a database for good",
        ),
    ),
    "redis-cli": (
        (
            r".*\b(?i:flushall|flushdb|shutdown|config set|del|eval|slaveof|replicaof|module)\b.*",
            "database:drop",
            "deletes data of a database for good",
        ),
    ),
    "svn": (
        (
            r"(?:revert|cleanup|delete).*",
            "svn:discard",
            "throws away what is not committed",
        ),
    ),
    "hg": (
        (
            r"(?:strip|update -C|purge|revert|rollback).*",
            "hg:discard",
            "throws away what is not committed",
        ),
    ),
    "tmux": (
        (
            r"(?:kill-server|kill-session|send-keys|send|run-shell|run|set-buffer|load-buffer|"
            r"source\S*|pipe-pane|respawn\S*)\b.*",
            "tmux:control",
            "acts in the user's other terminals",
        ),
    ),
    "screen": (
        (
            r".*-X.*",
            "screen:control",
            "acts in the user's other terminals",
        ),
    ),
    "set": (
        (
            r".*\+o history.*",
            "history:clear",
            "switches the history of the shell off",
        ),
    ),
    "unset": (
        (
            r".*\b(?:HISTFILE|HISTSIZE|HISTFILESIZE)\b.*",
            "history:clear",
            "switches the history of the shell off",
        ),
    ),
    "chown": ((r".*[^-\s].* .*", "chown:owner", "gives files to another user"),),
    "terragrunt": ((r".*\b(?:destroy|apply)\b.*", "cloud:terragrunt", "changes or destroys what runs in the cloud"),),
    "railway": ((r"(?:down|delete|up|login)\b.*", "cloud:railway", "changes the cloud account"),),
    "bq": ((r".*\b(?:rm|cp|load|update|mk)\b.*", "cloud:bq", "changes data in the cloud"),),
    "pg_restore": ((r".*(?:-\w*c\b|--clean).*", "database:drop", "deletes data of a database for good"),),
    "cypher-shell": ((r".*\b(?i:delete)\b.*", "database:drop", "deletes data of a database for good"),),
    "python": ((r"\S*setup\.py .*\bupload\b.*", "publish:setup.py", "publishes a package"),),
    "python3": ((r"\S*setup\.py .*\bupload\b.*", "publish:setup.py", "publishes a package"),),
    "http": ((r"(?:-\S+ )*(?:DELETE|PUT|PATCH)\b.*", "network:delete", "changes something on another machine"),),
    **dict.fromkeys(
        ("mail", "mailx", "sendmail", "mutt", "msmtp", "swaks"),
        ((r".*@.*|.*-\w*[as] .*|\w+.*", "network:mail", "sends a message in the user's name"),),
    ),
    "ansible-playbook": ((r"(?!.*(?:--check|--syntax-check|--list)).*", "cloud:ansible", "changes other machines"),),
    "ansible": ((r".* -m .*|.* -a .*", "cloud:ansible", "runs a command on other machines"),),
    "supabase": ((r".*\b(?:reset|delete|push|secrets)\b.*", "database:drop", "changes or deletes data of a database"),),
    "rclone": (
        (
            r".*\b(?:purge|delete\w*|sync|move\w*|rmdirs?|cleanup|copy\w*)\b.*",
            "cloud:rclone",
            "changes data elsewhere",
        ),
    ),
    "mc": ((r".*\b(?:rm|rb|mirror|mv|cp)\b.*", "cloud:mc", "changes data elsewhere"),),
    "influx": ((r".*\bdelete\b.*", "database:drop", "deletes data of a database for good"),),
    "alembic": ((r".*\bdowngrade\b.*", "database:drop", "may delete data of a database for good"),),
    "sequelize": ((r".*db:drop.*|.*undo.*", "database:drop", "deletes a database for good"),),
    "sequelize-cli": ((r".*db:drop.*|.*undo.*", "database:drop", "deletes a database for good"),),
    "php": (
        (
            r"\S*artisan .*(?:migrate:(?:fresh|reset|refresh|rollback)|db:wipe).*",
            "database:drop",
            "deletes data of a database",
        ),
    ),
    "lerna": ((r"(?:\S+ )*publish\b.*", "publish:lerna", "publishes packages"),),
    "changeset": ((r"publish\b.*", "publish:changeset", "publishes packages"),),
    "semantic-release": ((r"(?!.*--dry-run|--version|--help).*", "publish:semantic-release", "publishes packages"),),
    "goreleaser": ((r"release\b(?!.*--snapshot).*", "publish:goreleaser", "publishes a release"),),
    "vsce": ((r"(?:publish|unpublish|login)\b.*", "publish:vsce", "publishes an extension"),),
    "pod": ((r"trunk\b.*", "publish:pod", "publishes a package"),),
    "dotnet": ((r"nuget (?:push|delete)\b.*", "publish:dotnet", "publishes a package"),),
    "gradle": ((r".*\bpublish\w*\b.*", "publish:gradle", "publishes a package"),),
    "gradlew": ((r".*\bpublish\w*\b.*", "publish:gradle", "publishes a package"),),
    "ssh": ((r"(?:-\S+ )*-\w*R\b.*", "network:tunnel", "opens a way into this machine from outside"),),
    "ollama": (
        (
            r"rm .*|push .*",
            "ollama:rm",
            "deletes or publishes a model",
        ),
    ),
    "huggingface-cli": (
        (
            r".*\b(?:upload|login|repo|delete-cache)\b.*",
            "accounts:huggingface",
            "reaches the user's account",
        ),
    ),
    "conda": (
        (
            r".*\bremove\b.*--all.*|.*env remove.*",
            "conda:remove",
            "deletes an environment",
        ),
    ),
    "nix-collect-garbage": (
        (
            r".*-d.*",
            "nix:gc",
            "deletes earlier generations",
        ),
    ),
    "journalctl": (
        (
            r".*(?:--vacuum|--rotate|--flush).*",
            "system:journal",
            "deletes logs",
        ),
    ),
    "dmesg": (
        (
            r".*(?:-\w*[cCDE]\b|--clear|--read-clear).*",
            "system:dmesg",
            "deletes logs",
        ),
    ),
    "ufw": (
        (
            r".*",
            "system:ufw",
            "changes the firewall",
        ),
    ),
    "setfacl": (
        (
            r".*-\w*R.*|.* /\S*",
            "chmod:wide",
            "changes the rights of a place",
        ),
    ),
    "fuser": (
        (
            r".*-\w*k.*",
            "kill:fuser",
            "ends processes of others",
        ),
    ),
}
"""Programs where the first words decide: a pattern for all words behind the program, the rule, what it does."""
