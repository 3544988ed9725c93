namespace ThrottleNet.Real.Tests.Harness;

/// <summary>Runs sendmail. It waits a minute for the full name of a machine whose host name has no dot, so it gets a host name of its own.</summary>
internal static class SendmailProgram
{
    public const string Name = "sendmail-mta";

    private const string Enter = "echo mail.dest.test > /proc/sys/kernel/hostname && exec \"$0\" \"$@\"";

    public static Task<ProcessResult> RunAsync(IEnumerable<string> arguments, string input, NetworkHost? host = null) =>
        Tool.RunAsync("unshare", ["--uts", "sh", "-c", Enter, Needs.FindProgram(Name)!, .. arguments], input, host);
}
