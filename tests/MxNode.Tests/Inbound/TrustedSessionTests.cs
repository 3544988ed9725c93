using System.Net;
using Microsoft.Extensions.DependencyInjection;
using ThrottleNet.MxNode.Throttle;
using ThrottleNet.MxNode.Trust;
using ThrottleNet.TrustList;

namespace ThrottleNet.MxNode.Tests.Inbound;

/// <summary>The effect of a trusted-list entry on sessions of its host.</summary>
public sealed class TrustedSessionTests
{
    private const string ListHost = "127.0.0.9";
    private const int PerHour = 60;

    // Half of the hourly quota may come at once, and then as much as from any host: the tenth and later recipients are over the limit of 20 an hour.
    private const int ByTrust = PerHour / 2;
    private const int ByAnybody = 10;

    private static readonly ThrottleOptions Limits = new()
    {
        Hold = TimeSpan.Zero,
        MaxDelay = TimeSpan.Zero,
        MaxEnvelopes = 1024,
        MaxRows = 10_000,
    };

    [Fact]
    public async Task Within_its_trusted_quota_a_host_passes_and_over_quota_it_is_judged_like_any_host()
    {
        await using var rig = await StartAsync(PerHour);
        var answers = await SendAsync(rig, ByTrust + ByAnybody + 5);
        Assert.All(answers[..(ByTrust + ByAnybody)], answer => Assert.StartsWith("250", answer, StringComparison.Ordinal));
        Assert.All(answers[(ByTrust + ByAnybody)..], answer => Assert.StartsWith("451 4.7.1", answer, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_host_is_trusted_again_once_its_rate_is_under_the_quota()
    {
        await using var rig = await StartAsync(PerHour);
        Assert.StartsWith("451 4.7.1", (await SendAsync(rig, 48))[^1], StringComparison.Ordinal);

        // From 60 an hour to under that; the host's own limit would hold it up for 18 minutes.
        rig.Clock.Advance(TimeSpan.FromMinutes(2));
        Assert.StartsWith("250", (await SendAsync(rig, 1))[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_revocation_is_in_force_from_the_next_message_of_an_open_session()
    {
        await using var rig = await StartAsync(perHour: null);
        var client = await rig.ConnectAsync(ListHost);
        await client.TalkAsync("<220", ">EHLO list.test", "<250");
        await client.SendAsync(string.Concat(Enumerable.Range(0, 3).Select(Envelope)));
        await client.TalkAsync(Enumerable.Repeat<string[]>(["<250", "<250", "<250"], 3).SelectMany(r => r));

        rig.Node.Services.GetRequiredService<TrustBook>().Replace(TrustIndex.Empty);
        await client.SendAsync("MAIL FROM:<list@list.test>\r\n" + string.Concat(Enumerable.Range(0, ByAnybody + 1).Select(i => $"RCPT TO:<r{i}@example.com>\r\n")));
        await client.TalkAsync(["<250", .. Enumerable.Repeat("<250", ByAnybody), "<451 4.7.1"]);
    }

    [Fact]
    public async Task A_trusted_host_gets_one_hint_a_session_to_send_directly()
    {
        await using var rig = await StartAsync(perHour: null);
        var client = await rig.ConnectAsync(ListHost);
        await client.TalkAsync("<220");
        await client.SendAsync("EHLO list.test\r\n");
        Assert.StartsWith(
            "250-a.node.test you are trusted: you may go direct, to the best MX that has no label throttle-mx\n", await client.ReplyAsync(), StringComparison.Ordinal);
        await client.SendAsync("EHLO list.test\r\n");
        Assert.StartsWith("250-a.node.test\n", await client.ReplyAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Untrusted_hosts_get_no_such_hint()
    {
        await using var rig = await StartAsync(perHour: null);
        var client = await rig.ConnectAsync();
        await client.TalkAsync("<220");
        await client.SendAsync("EHLO client.test\r\n");
        Assert.StartsWith("250-a.node.test\n", await client.ReplyAsync(), StringComparison.Ordinal);
    }

    private static string Envelope(int i) => $"MAIL FROM:<list@list.test>\r\nRCPT TO:<r{i}@example.com>\r\nRSET\r\n";

    private static async Task<InboundRig> StartAsync(int? perHour)
    {
        var rig = await InboundRig.StartAsync(c => c with { Throttle = Limits });
        rig.Node.Services.GetRequiredService<TrustBook>().Replace(TrustIndex.Build(
            [new TrustEntry { Network = new IPNetwork(IPAddress.Parse(ListHost), 32), Kind = TrustKind.ListHost, RatePerHour = perHour }]));
        return rig;
    }

    // The reply to one RCPT in each of the transactions.
    private static async Task<List<string>> SendAsync(InboundRig rig, int messages)
    {
        await using var client = await rig.ConnectAsync(ListHost);
        await client.TalkAsync("<220", ">EHLO list.test", "<250");
        var answers = new List<string>();
        for (var i = 0; i < messages; i++)
        {
            await client.SendAsync(Envelope(i));
            await client.TalkAsync("<250");
            answers.Add(await client.ReplyAsync());
            await client.TalkAsync("<250");
        }

        return answers;
    }
}
