using System.Globalization;

namespace ThrottleNet.Benchmarks.Races;

/// <summary>A node beside Postfix doing the same job, in one run: messages a second that the senders see, and the ratio.</summary>
internal static class PostfixRace
{
    private const int Sessions = 20;
    private const int Octets = 4096;
    private const int Rounds = 3;
    private const int WarmUp = 1000;

    /// <summary>Cut-through beside Postfix as a before-queue proxy: both answer when the next hop has answered. By a connection a message, and by kept ones.</summary>
    public static async Task RunRelayAsync(int messages)
    {
        await using var field = new RaceField();
        await field.StartAsync([$"smtpd_proxy_filter = 127.0.0.1:{RaceField.Sink}"], []);
        await RunAsync(field, "new connections: cut-through", "Postfix as a proxy", messages);
        await RunAsync(field, "kept connections: cut-through", "Postfix as a proxy", messages, isKept: true);
    }

    /// <summary>The spool beside Postfix's queue: both sync before they answer, and deliver meanwhile.</summary>
    public static async Task RunSpoolAsync(int messages)
    {
        await using var field = new RaceField();
        await field.StartAsync([], ["Spool:Enabled=true"]);
        await RunAsync(field, "spool", "Postfix queue", messages);
    }

    /// <summary>Cut-through with rspamd beside Postfix with the same rspamd as a milter before its queue.</summary>
    public static async Task RunFilterAsync(int messages)
    {
        await using var field = new RaceField();
        var socket = field.Folder.File("rspamd.sock");
        field.Folder.Write("tld.dat", "com\ntest\n");
        field.Start("rspamd", "-f", "-i", "-c", field.Folder.Write("rspamd.conf", $$"""
            options {
              pidfile = "{{field.Folder.File("pid")}}"; tempdir = "{{field.Folder.Path}}"; cache_file = "{{field.Folder.File("symbols")}}"; hs_cache_dir = "{{field.Folder.Path}}"; maps_cache_dir = "{{field.Folder.Path}}";
              url_tld = "{{field.Folder.File("tld.dat")}}"; filters = ""; dns { nameserver = ["127.0.0.1:1:1"]; timeout = 0.1s; retransmits = 1; }
            }
            logging { type = "console"; level = "error"; }
            actions { reject = 15; greylist = null; }
            worker "rspamd_proxy" { bind_socket = "{{socket}} mode=0666"; count = 1; milter = yes; timeout = 10s; upstream "local" { default = yes; self_scan = yes; } }
            """));
        await Eventually.HoldsAsync("rspamd", () => File.Exists(socket));
        await field.StartAsync([$"smtpd_milters = unix:{socket}", "milter_default_action = tempfail"], [$"Content:Milters:0=unix:{socket}"]);
        await RunAsync(field, "cut-through with rspamd", "Postfix with rspamd", messages);
    }

    private static async Task RunAsync(RaceField field, string ours, string theirs, int messages, bool isKept = false)
    {
        await RaceField.SendAsync(RaceField.Node, WarmUp, Sessions, Octets);
        await RaceField.SendAsync(RaceField.Postfix, WarmUp, Sessions, Octets);
        await field.DrainAsync();
        var ratios = new List<double>();
        for (var round = 1; round <= Rounds; round++)
        {
            var node = await RaceField.SendAsync(RaceField.Node, messages, Sessions, Octets, isKept);
            await field.DrainAsync();
            var postfix = await RaceField.SendAsync(RaceField.Postfix, messages, Sessions, Octets, isKept);
            await field.DrainAsync();
            ratios.Add(node / postfix);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"round {round} of {Rounds}: {ours} {node:F0}/s, {theirs} {postfix:F0}/s, ratio {node / postfix:F2}"));
        }

        var load = (await File.ReadAllTextAsync("/proc/loadavg")).Trim();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"median ratio: {ratios.Order().ElementAt(Rounds / 2):F2}; {messages} messages of {Octets} octets, {Sessions} sessions; load average: {load}"));
    }
}
