namespace ThrottleNet.Real.Tests.Harness;

/// <summary>OpenSMTPD on a machine of its own. Its folders are built into it: they are mounted over for its processes.</summary>
internal static class OpenSmtpd
{
    // The first argument is the folder. Programs of Debian's come first on the PATH: its filters run as another user.
    private const string Enter = """
        mkdir -p "$0/spool" "$0/run" && chmod 711 "$0/spool" && mount --bind "$0/spool" /var/spool/smtpd && mount --bind "$0/run" /run && PATH=/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin exec "$@"
        """;

    public static RunningProcess Start(TemporaryFolder folder, string configuration, NetworkHost host) => Tool.Start(
        "sh", ["-c", Enter, folder.Path, Needs.FindProgram("smtpd")!, "-d", "-f", configuration], host);

    /// <summary>Runs a program beside the daemon of that folder, such as smtpctl.</summary>
    public static Task<ProcessResult> RunAsync(TemporaryFolder folder, NetworkHost host, params string[] command) =>
        Tool.RunAsync("sh", ["-c", Enter, folder.Path, .. command], host: host);
}
