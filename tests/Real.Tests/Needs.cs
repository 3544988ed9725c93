namespace ThrottleNet.Real.Tests;

/// <summary>
/// A test that needs programs which are not part of the SDK. Each is the name of an executable on the PATH or in one of the
/// administrator's folders, "npm:NAME" for a module of tests/Real.Tests/js, or "root" for the right to do what only the
/// administrator may. The test is skipped where one is missing, with the command that installs it as the reason.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NeedsFactAttribute : FactAttribute
{
    public NeedsFactAttribute(params string[] programs) => Skip = Needs.Missing(programs);
}

/// <summary>The same as <see cref="NeedsFactAttribute"/> for a test with cases.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NeedsTheoryAttribute : TheoryAttribute
{
    public NeedsTheoryAttribute(params string[] programs) => Skip = Needs.Missing(programs);
}

/// <summary>Finds programs and modules that the tests talk to.</summary>
internal static class Needs
{
    private const string ModulePrefix = "npm:";

    private const string Root = "root";

    // Daemons are in sbin, which is on root's PATH only.
    private static readonly string[] AdminFolders = ["/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/lib/postfix/sbin"];

    // Programs whose Debian package has another name.
    private static readonly Dictionary<string, string> Packages = new()
    {
        ["node"] = "nodejs",
        ["postconf"] = "postfix",
        ["postmap"] = "postfix",
        ["run-arm64"] = "qemu-user",
        ["setcap"] = "libcap2-bin",
        ["smtp-source"] = "postfix",
        ["smtp-sink"] = "postfix",
        ["posttls-finger"] = "postfix",
        ["swaks"] = "swaks libnet-ssleay-perl",
        ["exim"] = "exim4",
        ["smtpd"] = "opensmtpd",
        ["smtpctl"] = "opensmtpd",
        ["nc"] = "netcat-openbsd",
        ["sendmail-mta"] = "sendmail-bin",
        ["nft"] = "nftables",
        ["ip"] = "iproute2",
        ["ldns-keygen"] = "ldnsutils",
        ["ldns-signzone"] = "ldnsutils",
        ["testssl"] = "testssl.sh",
        ["dig"] = "bind9-dnsutils",
        ["promtool"] = "prometheus",
        ["setpriv"] = "util-linux",
        ["clamd"] = "clamav-daemon",
        ["unshare"] = "util-linux",
        ["kubectl"] = "kubernetes-client",
        ["dpkg-deb"] = "dpkg",
        ["systemd-analyze"] = "systemd",
        ["prlimit"] = "util-linux",
        ["man"] = "man-db",
        ["env"] = "coreutils",
        ["rspamadm"] = "rspamd",
        ["policyd-spf"] = "postfix-policyd-spf-python",
        ["script"] = "bsdutils",
    };

    /// <summary>The folder of the npm modules and scripts: tests/Real.Tests/js of the source tree.</summary>
    public static string ScriptFolder { get; } = FindScriptFolder();

    /// <summary>The full path of a program, or null where it is not installed.</summary>
    public static string? FindProgram(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Concat(AdminFolders)
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists);

    /// <summary>Why a test that needs these programs cannot run here, or null when all are there.</summary>
    public static string? Missing(params string[] programs)
    {
        var missing = programs.Where(program => !IsThere(program)).ToArray();
        return missing.Length == 0
            ? null
            : $"needs {string.Join(", ", missing)}; install with: {string.Join(" && ", missing.Select(InstallCommand).Distinct())}";
    }

    private static bool IsThere(string program) => program switch
    {
        Root => Environment.IsPrivilegedProcess,
        _ when program.StartsWith(ModulePrefix, StringComparison.Ordinal) => Directory.Exists(Path.Combine(ScriptFolder, "node_modules", program[ModulePrefix.Length..])),
        _ => FindProgram(program) is not null,
    };

    private static string InstallCommand(string program) => program switch
    {
        Root => "(run the tests with sudo)",
        _ when program.StartsWith(ModulePrefix, StringComparison.Ordinal) => "npm ci --prefix tests/Real.Tests/js",
        _ => $"apt-get install {Packages.GetValueOrDefault(program, program)}",
    };

    private static string FindScriptFolder()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var scripts = Path.Combine(folder.FullName, "tests", "Real.Tests", "js");
            if (File.Exists(Path.Combine(scripts, "package.json")))
            {
                return scripts;
            }
        }

        throw new DirectoryNotFoundException("tests/Real.Tests/js is not above " + AppContext.BaseDirectory);
    }
}
