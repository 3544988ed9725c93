using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Content;

/// <summary>Each real filter stopped, killed and started again in the middle of one client's session.</summary>
public sealed class FilterFaultTests
{
    private const string Root = "root";

    [NeedsFact(Root, "rspamd")]
    public Task Rspamd_can_stop_and_start_within_a_session() => ComesAndGoesAsync(() => RealFilter.RspamdAsync());

    [NeedsFact(Root, "clamd", "clamav-milter")]
    public Task Clamav_can_stop_and_start_within_a_session() => ComesAndGoesAsync(RealFilter.ClamavAsync);

    [NeedsFact(Root, "unshare", "opendkim")]
    public Task Opendkim_can_stop_and_start_within_a_session() => ComesAndGoesAsync(() => RealFilter.OpenDkimAsync(new DkimKey()));

    [NeedsFact(Root, "unshare", "opendmarc")]
    public Task Opendmarc_can_stop_and_start_within_a_session() => ComesAndGoesAsync(() => RealFilter.OpenDmarcAsync(new DkimKey()));

    [NeedsFact(Root, "spamd", "spamass-milter")]
    public Task Spamass_milter_can_stop_and_start_within_a_session() => ComesAndGoesAsync(RealFilter.SpamAssassinAsync);

    [NeedsFact(Root, "rspamd")]
    public async Task With_OnFailure_accept_mail_passes_unchecked_while_the_filter_is_down()
    {
        await using var filter = await RealFilter.RspamdAsync();
        await using var rig = await FilterRig.StartAsync([filter.Address], "Content:OnFailure=accept");
        await filter.KillAsync();
        Assert.StartsWith("250", await rig.SendAsync(Samples.Message(Samples.Gtube)), StringComparison.Ordinal);
        await filter.RestartAsync();
        Assert.StartsWith("554 5.7.1", await rig.SendAsync(Samples.Message(Samples.Gtube)), StringComparison.Ordinal);
    }

    private static async Task ComesAndGoesAsync(Func<Task<RealFilter>> start)
    {
        await using var filter = await start();
        await using var rig = await FilterRig.StartAsync([filter.Address], "Content:Timeout=00:00:05");
        await using var client = await RawClient.ConnectAsync(rig.Node.Smtp, Samples.Stranger);
        await client.TalkAsync("<220", ">EHLO client.test", "<250");
        Assert.StartsWith("250", await SendAsync(client), StringComparison.Ordinal);

        await filter.FreezeAsync();
        Assert.StartsWith("451 4.7.1", await SendAsync(client), StringComparison.Ordinal);
        await filter.ThawAsync();
        await Eventually.HoldsAsync(
            "the filter to be asked again", async () => (await rig.SendAsync(Samples.Message("nothing special"))).StartsWith("250", StringComparison.Ordinal));
        Assert.StartsWith("250", await SendAsync(client), StringComparison.Ordinal);

        await client.TalkAsync(">MAIL FROM:<alice@client.test>", "<250", ">RCPT TO:<bob@example.com>", "<250");
        await filter.KillAsync();
        Assert.StartsWith("451 4.7.1", await TextAsync(client), StringComparison.Ordinal);
        Assert.StartsWith("451 4.7.1", await SendAsync(client), StringComparison.Ordinal);
        await filter.RestartAsync();
        Assert.StartsWith("250", await SendAsync(client), StringComparison.Ordinal);

        Assert.Equal(4, rig.Messages.Count);
        await Eventually.HoldsAsync("two faults and two recoveries in the log", () => rig.Node.Log.Count(l => l.EventId == 8000) == 2 && rig.Node.Log.Count(l => l.EventId == 8001) == 2);
    }

    // One more message in the session; the answer that ends it.
    private static async Task<string> SendAsync(RawClient client)
    {
        await client.TalkAsync(">RSET", "<250");
        foreach (var command in new[] { "MAIL FROM:<alice@client.test>", "RCPT TO:<bob@example.com>" })
        {
            if (await client.AskAsync(command) is var answer && answer?[0] != '2')
            {
                return answer ?? "";
            }
        }

        return await TextAsync(client);
    }

    private static async Task<string> TextAsync(RawClient client)
    {
        var answer = await client.AskAsync("DATA") ?? "";
        return answer.StartsWith("354", StringComparison.Ordinal) ? await client.AskAsync(Samples.Message("nothing special") + "\r\n.") ?? "" : answer;
    }
}
