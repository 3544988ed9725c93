using ThrottleNet.MxNode.Tests.Inbound;

namespace ThrottleNet.MxNode.Tests.Content;

/// <summary>Filters that fail: the client gets 451 or notices nothing, never waits longer than without a failure, and one line is logged.</summary>
public sealed class FilterFailureTests
{
    private const string Text = ContentSessionTests.Text;
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData("tempfail", "451 4.7.1")]
    [InlineData("accept", "250")]
    public async Task A_filter_that_does_not_listen_is_noticed_at_once_and_logged_once(string onFailure, string expected)
    {
        await using var filter = new ScriptedFilter();
        filter.Kill();
        await using var rig = await StartAsync(onFailure, filter);
        for (var i = 0; i < 3; i++)
        {
            Assert.StartsWith(expected, await (await rig.ConnectAsync()).DeliverAsync(Text), StringComparison.Ordinal);
        }

        Assert.Single(rig.Log.Lines, l => l.Event == 8000);
        filter.Restart();
        Assert.StartsWith("250", await (await rig.ConnectAsync()).DeliverAsync(Text), StringComparison.Ordinal);
        Assert.Single(rig.Log.Lines, l => l.Event == 8001);
    }

    [Theory]
    [InlineData('C', "tempfail", "451 4.7.1")]
    [InlineData('H', "tempfail", "250")] // asked again at MAIL
    [InlineData('M', "tempfail", "451 4.7.1")]
    [InlineData('R', "tempfail", "451 4.7.1")]
    [InlineData('T', "tempfail", "451 4.7.1")]
    [InlineData('L', "tempfail", "451 4.7.1")]
    [InlineData('B', "tempfail", "451 4.7.1")]
    [InlineData('E', "tempfail", "451 4.7.1")]
    [InlineData('C', "accept", "250")]
    [InlineData('M', "accept", "250")]
    [InlineData('R', "accept", "250")]
    [InlineData('B', "accept", "250")]
    [InlineData('E', "accept", "250")]
    public async Task A_filter_that_closes_the_connection_within_a_session_defers_that_message_only(char at, string onFailure, string expected)
    {
        var faults = at == 'C' ? 2 : 1;
        await using var filter = new ScriptedFilter();
        filter.Script = e => e[0] == at && faults-- > 0 ? FilterAction.HangUp : null;
        await using var rig = await StartAsync(onFailure, filter);
        var client = await rig.ConnectAsync();
        Assert.StartsWith(expected, await client.DeliverAsync(Text), StringComparison.Ordinal);

        // The same client's next message is filtered again, and the filter gets the client's connect event again.
        Assert.StartsWith("250", await AgainAsync(client), StringComparison.Ordinal);
        Assert.Equal(expected == "250" ? 2 : 1, rig.Hop.Messages.Count);
        Assert.True(filter.Connections >= 2);
        Assert.Contains("E", filter.Events);
        Assert.Single(rig.Log.Lines, l => l.Event == 8000);
        Assert.Single(rig.Log.Lines, l => l.Event == 8001);
    }

    [Theory]
    [InlineData('M')]
    [InlineData('E')]
    public async Task A_stalled_filter_costs_one_session_its_timeout_and_the_others_nothing(char at)
    {
        await using var filter = new ScriptedFilter { Script = e => e[0] == at ? FilterAction.Stall : null };
        await using var rig = await StartAsync("tempfail", filter);
        var delivered = (await rig.ConnectAsync()).DeliverAsync(Text);
        await rig.Clock.UntilSetAsync(Timeout);
        await Eventually.HoldsAsync("the event", () => filter.Events.Any(e => e[0] == at));
        Assert.False(delivered.IsCompleted);
        rig.Clock.Advance(Timeout);
        Assert.StartsWith("451 4.7.1", await delivered, StringComparison.Ordinal);
        Assert.StartsWith("451 4.7.1", await (await rig.ConnectAsync()).DeliverAsync(Text), StringComparison.Ordinal);
        Assert.Equal(1, filter.Connections);

        // After a while one session asks again, for any number of sessions in between.
        filter.Script = _ => null;
        rig.Clock.Advance(TimeSpan.FromSeconds(3));
        Assert.StartsWith("451 4.7.1", await (await rig.ConnectAsync()).DeliverAsync(Text), StringComparison.Ordinal);
        rig.Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.StartsWith("250", await (await rig.ConnectAsync()).DeliverAsync(Text), StringComparison.Ordinal);
        Assert.StartsWith("250", await (await rig.ConnectAsync()).DeliverAsync(Text), StringComparison.Ordinal);
        Assert.Single(rig.Log.Lines, l => l.Event == 8000);
        Assert.Single(rig.Log.Lines, l => l.Event == 8001);
    }

    [Fact]
    public async Task A_filter_that_was_stalled_is_asked_again_while_clients_keep_coming()
    {
        await using var filter = new ScriptedFilter { Script = e => e[0] == 'M' ? FilterAction.Stall : null };
        await using var rig = await StartAsync("tempfail", filter);
        var delivered = (await rig.ConnectAsync()).DeliverAsync(Text);
        await rig.Clock.UntilSetAsync(Timeout);
        await Eventually.HoldsAsync("the event", () => filter.Events.Any(e => e[0] == 'M'));
        rig.Clock.Advance(Timeout);
        Assert.StartsWith("451 4.7.1", await delivered, StringComparison.Ordinal);
        filter.Script = _ => null;
        for (var i = 0; i < 2; i++)
        {
            rig.Clock.Advance(TimeSpan.FromSeconds(2));
            Assert.StartsWith("451 4.7.1", await (await rig.ConnectAsync()).DeliverAsync(Text), StringComparison.Ordinal);
        }

        rig.Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.StartsWith("250", await (await rig.ConnectAsync()).DeliverAsync(Text), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Progress_renews_the_timeout_up_to_the_budget_of_the_phase()
    {
        await using var filter = new ScriptedFilter { Script = e => e == "E" ? new FilterAction(FilterAction.Say("p").Octets, FilterAction.End.Stall) : null };
        await using var rig = await InboundRig.StartAsync(c => c with { Content = new() { Milters = [filter.Address], Timeout = TimeSpan.FromMinutes(4) } });
        rig.ExpectsErrors = true;
        var delivered = (await rig.ConnectAsync()).DeliverAsync(Text);
        await Eventually.HoldsAsync("the end of the message", () => filter.Events.Contains("E"));
        await rig.Clock.UntilSetAsync(TimeSpan.FromMinutes(4));
        rig.Clock.Advance(TimeSpan.FromMinutes(4));
        Assert.StartsWith("451 4.7.1", await delivered, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("?")]
    [InlineData("y250 all is well\0")]
    [InlineData("bnew body, not at the end")]
    [InlineData("hX\0y\0")]
    [InlineData("c|c")]
    public async Task A_filter_that_breaks_the_protocol_counts_as_failed(string says)
    {
        await using var filter = new ScriptedFilter { Script = e => e[0] == 'R' ? FilterAction.Say(says.Split('|')) : null };
        await using var rig = await StartAsync("tempfail", filter);
        Assert.StartsWith("451 4.7.1", await (await rig.ConnectAsync()).DeliverAsync(Text), StringComparison.Ordinal);
        Assert.StartsWith("451 4.7.1", await (await rig.ConnectAsync()).DeliverAsync(Text), StringComparison.Ordinal);
        Assert.Empty(rig.Hop.Messages);
        Assert.Single(rig.Log.Lines, l => l.Event == 8000);
    }

    [Fact]
    public async Task An_endless_replacement_body_is_cut_off_and_its_memory_freed()
    {
        await using var filter = new ScriptedFilter { Script = e => e == "E" ? FilterAction.Say(Enumerable.Repeat("b" + new string('x', 60_000), 20)) : null };
        await using var rig = await InboundRig.StartAsync(c => c with
        {
            Content = new() { Milters = [filter.Address] },
            Smtp = c.Smtp with { MaxMessageSize = 1_000_000 },
        });
        rig.ExpectsErrors = true;
        Assert.StartsWith("451 4.7.1", await (await rig.ConnectAsync()).DeliverAsync(Text), StringComparison.Ordinal);
        Assert.Empty(rig.Hop.Messages);
    }

    [Fact]
    public async Task A_client_that_disconnects_is_not_a_failure_of_the_filter()
    {
        await using var filter = new ScriptedFilter { Script = e => e[0] == 'M' ? FilterAction.Stall : null };
        await using var rig = await InboundRig.StartAsync(c => c with { Content = new() { Milters = [filter.Address] } });
        var client = await rig.ConnectAsync();
        await client.TalkAsync("<220", ">EHLO client.test", "<250", ">MAIL FROM:<>");
        await Eventually.HoldsAsync("MAIL", () => filter.Events.Any(e => e[0] == 'M'));
        client.Vanish();
        await rig.SessionsAsync();
        Assert.DoesNotContain(rig.Log.Lines, l => l.Event is 8000 or 1001);
    }

    [Fact]
    public async Task Sessions_beyond_the_connections_of_a_filter_wait_for_one_at_MAIL()
    {
        await using var filter = new ScriptedFilter();
        await using var rig = await InboundRig.StartAsync(c => c with { Content = new() { Milters = [filter.Address], MaxConnections = 2 } });
        var clients = new List<RawClient>();
        for (var i = 0; i < 3; i++)
        {
            clients.Add(await rig.ConnectAsync());
            await clients[i].TalkAsync("<220", ">EHLO client.test", "<250");
        }

        Assert.Equal(1, filter.Connections);
        await clients[2].TalkAsync(">MAIL FROM:<>", "<250");
        Assert.Equal(2, filter.Connections);
        await clients[1].SendAsync("MAIL FROM:<>\r\n");
        await rig.Clock.UntilSetAsync(Timeout);
        Assert.False(clients[1].HasReply);
        await clients[0].TalkAsync(">QUIT", "<221");
        await clients[1].TalkAsync("<250");
        Assert.DoesNotContain(rig.Log.Lines, l => l.Event == 8000);
    }

    [Fact]
    public async Task A_filter_can_listen_on_a_Unix_socket()
    {
        using var folder = new TemporaryFolder();
        await using var filter = new ScriptedFilter(folder.File("filter.sock"));
        await using var rig = await ContentSessionTests.StartAsync(filter);
        Assert.StartsWith("250", await (await rig.ConnectAsync()).DeliverAsync(Text), StringComparison.Ordinal);
        Assert.Contains("E", filter.Events);
    }

    private static async Task<InboundRig> StartAsync(string onFailure, ScriptedFilter filter)
    {
        var rig = await InboundRig.StartAsync(c => c with { Content = new() { Milters = [filter.Address], OnFailure = onFailure, Timeout = Timeout } });
        rig.ExpectsErrors = true;
        return rig;
    }

    private static async Task<string> AgainAsync(RawClient client)
    {
        await client.TalkAsync(">RSET", "<250");
        foreach (var step in new[] { "MAIL FROM:<>", "RCPT TO:<bob@example.com>", "DATA" })
        {
            await client.TalkAsync(">" + step, step == "DATA" ? "<354" : "<250");
        }

        await client.SendAsync(Text + "\r\n.\r\n");
        return await client.ReplyAsync();
    }
}
