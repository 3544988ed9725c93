using System.Net;
using System.Text.RegularExpressions;
using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Content;

/// <summary>Compares the node with Postfix using the same filter: the same macros and events, the same delivered headers, the same replies.</summary>
public sealed partial class BesidePostfixTests
{
    private const string Root = "root", Postfix = "postfix";

    // Values that each program gives in its own form: the program's name, and how the mail is passed on.
    private static readonly string[] OwnValues = ["v", "i", "{daemon_addr}", "{mail_mailer}", "{mail_host}", "{rcpt_mailer}"];

    [NeedsFact(Root, Postfix)]
    public async Task A_filter_gets_the_same_events_from_this_node_and_from_Postfix()
    {
        await using var world = await World.StartAsync(_ => null);
        await world.DeliverAsync(Samples.Message("line one\r\n\r\nline two"));

        Assert.Equal(Events(world.OfPostfix), Events(world.OfNode));
        Assert.NotEmpty(Macros(world.OfPostfix));
        foreach (var (stage, theirs) in Macros(world.OfPostfix))
        {
            var ours = Macros(world.OfNode)[stage];
            Assert.Empty(theirs.Keys.Except(ours.Keys));
            Assert.All(theirs.Where(m => !OwnValues.Contains(m.Key)), macro => Assert.Equal(macro.Value, ours[macro.Key]));
        }
    }

    [NeedsFact(Root, Postfix)]
    public async Task A_filtered_message_arrives_the_same_through_this_node_and_through_Postfix()
    {
        await using var world = await World.StartAsync(e => e != "E" ? null : FilterAction.Say(
            "hX-Last\0added\0",
            $"i{FilterAction.Index(1)}X-First\0inserted\n\tand folded\0",
            $"i{FilterAction.Index(3)}X-Third\0inserted\0",
            $"m{FilterAction.Index(1)}Subject\0changed\0",
            $"m{FilterAction.Index(1)}Date\0\0",
            $"m{FilterAction.Index(1)}X-Absent\0was not there\0",
            "bnew body\r\n..\r\n",
            "bof two chunks",
            "a"));
        await world.DeliverAsync(Samples.Message("old body"));

        var ours = Plain(world.Rig.Messages.Single().Replace("\r\n", "\n", StringComparison.Ordinal));
        var theirs = Plain(await Eventually.FindAsync("a message in the mailbox", () => Task.FromResult(world.Postfix.Mailbox() is [var first, ..] ? first : null)));
        Assert.Equal(theirs, ours);
        Assert.Contains("X-Third: inserted\n", ours, StringComparison.Ordinal);
    }

    [NeedsTheory(Root, Postfix)]
    [InlineData('H', "r")]
    [InlineData('M', "t")]
    [InlineData('M', "y550 5.1.8 no such sender\0")]
    [InlineData('R', "r")]
    [InlineData('R', "y450-4.2.1 first\r\n450 4.2.1 second 100%%\0")]
    [InlineData('T', "r")]
    [InlineData('L', "y554 5.6.0 header\0")]
    [InlineData('B', "t")]
    [InlineData('E', "r")]
    [InlineData('E', "t")]
    [InlineData('E', "y554 5.7.1 spam 100%% sure\0")]
    [InlineData('E', "a")]
    public async Task A_client_gets_the_same_replies_from_this_node_and_from_Postfix(char at, string says)
    {
        await using var world = await World.StartAsync(e => e[0] == at ? FilterAction.Say(says) : null);
        var (ours, theirs) = await world.DeliverAsync(Samples.Message("hello"));
        Assert.Equal(Code().Match(theirs).Value, Code().Match(ours).Value);
        if (says[0] == 'y')
        {
            Assert.Equal(theirs, ours);
        }
    }

    // Everything except the macros, which each program sends at its own time, the port, and the way a session ends.
    private static List<string> Events(IEnumerable<string> log) =>
        [.. log.Where(e => !"DOAQK".Contains(e[0], StringComparison.Ordinal)).Select(e => e[0] == 'C' ? e[..^"pp127.0.0.9|".Length] : e)];

    // The first set of each stage; Postfix repeats some.
    private static Dictionary<char, Dictionary<string, string>> Macros(IEnumerable<string> log) =>
        log.Where(e => e[0] == 'D' && "CHMRTNE".Contains(e[1], StringComparison.Ordinal)).DistinctBy(e => e[1]).ToDictionary(e => e[1], e =>
            e[2..].Split('|').Chunk(2).Where(pair => pair.Length == 2).ToDictionary(pair => pair[0], pair => pair[1]));

    // Without the fields that the delivering programs add.
    private static string Plain(string message) => string.Concat(Regex.Split(message, "(?<=\n)(?![ \t])").Where(f => !Trace().IsMatch(f)));

    [GeneratedRegex(@"^\d{3} (\d\.\d\.\d)?")]
    private static partial Regex Code();

    [GeneratedRegex("^(Received|Return-Path|Delivered-To|X-Original-To):")]
    private static partial Regex Trace();

    /// <summary>A node and a Postfix with one filter.</summary>
    private sealed class World : IAsyncDisposable
    {
        private readonly TemporaryFolder _folder = new();
        private readonly IPAddress _address = Loopback.Next();
        private ScriptedFilter _filter = null!;
        private int _afterNode;

        public FilterRig Rig { get; private set; } = null!;

        public PostfixInstance Postfix { get; private set; } = null!;

        public IEnumerable<string> OfNode => Log.Take(_afterNode);

        public IEnumerable<string> OfPostfix => Log.Skip(_afterNode);

        private IEnumerable<string> Log => _filter.Log.Select(l => l[(l.IndexOf(' ') + 1)..]);

        public static async Task<World> StartAsync(Func<string, FilterAction?> script)
        {
            var world = new World();
            var socket = world._folder.File("filter.sock");
            world._filter = new ScriptedFilter(socket) { Script = script };
            (await Tool.RunAsync("chmod", "755", world._folder.Path)).Expect(0);
            (await Tool.RunAsync("chmod", "666", socket)).Expect(0);
            world.Rig = await FilterRig.StartAsync([world._filter.Address]);
            world.Postfix = await PostfixInstance.StartBesideAsync(
                world._address, NodeProcess.HostName, "example.com", $"smtpd_milters = {world._filter.Address}", "smtpd_peername_lookup = no", "inet_interfaces = loopback-only", "inet_protocols = ipv4", "milter_macro_daemon_name = $myhostname");
            return world;
        }

        /// <summary>Sends a message to both, and gives the answers to its end or to the first command that was refused.</summary>
        public async Task<(string Ours, string Theirs)> DeliverAsync(string message)
        {
            var ours = await SendAsync(Rig.Node.Smtp, message);
            await Eventually.HoldsAsync("the end of the node's session", () => Log.Any(e => e[0] is 'K' or 'Q'));
            _afterNode = _filter.Log.Count;
            var theirs = await SendAsync(new IPEndPoint(_address, 25), message);
            return (ours, theirs);
        }

        public async ValueTask DisposeAsync()
        {
            await Postfix.DisposeAsync();
            await Rig.DisposeAsync();
            await _filter.DisposeAsync();
            _folder.Dispose();
        }

        private static async Task<string> SendAsync(IPEndPoint server, string message)
        {
            await using var client = await RawClient.ConnectAsync(server, Samples.Stranger);
            var answer = await client.DeliverAsync(message);
            await client.AskAsync("QUIT");
            return answer;
        }
    }
}
