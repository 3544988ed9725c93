using System.Net;
using Microsoft.Extensions.DependencyInjection;
using ThrottleNet.MxNode.Relay;

namespace ThrottleNet.MxNode.Tests.Relay;

public sealed class NextHopPoolTests
{
    private static readonly string[] Slow = ["8BITMIME"];

    private static ClientFacts Trusted => RelayRig.Alice with { IsTrusted = true };

    private static RelayOptions Options => new() { AllowPrivateDestinations = true };

    private static ScriptedHop StallsFor(string recipient) =>
        new() { Script = (step, number) => number == 0 && Is(step, "RCPT TO:<" + recipient) ? HopAction.Stall : null };

    private static bool Is(string step, string verb) => step.StartsWith(verb, StringComparison.Ordinal);

    [Fact]
    public async Task A_session_is_reused_after_a_finished_transaction_without_RSET()
    {
        await using var rig = new RelayRig();
        await using var hop = new ScriptedHop();

        await rig.SendAsync(hop);
        await rig.SendAsync(hop);

        Assert.Equal(
            ["greeting", "EHLO a.node.test", "MAIL FROM:<alice@alice.test>", "RCPT TO:<bob@example.com>", "DATA",
            "MAIL FROM:<alice@alice.test>", "RCPT TO:<bob@example.com>", "DATA"],
            hop.Commands(0));
        Assert.Equal(2, hop.Messages.Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_aborted_transaction_is_reset_before_the_next_one(bool pipelining)
    {
        await using var rig = new RelayRig();
        await using var hop = new ScriptedHop();
        hop.Offers = pipelining ? hop.Offers : Slow;
        await using (var aborted = rig.Begin(hop))
        {
            await aborted.AddRecipientsAsync(RelayRig.Recipients("eve@example.com"), default);
        }

        var (_, result) = await rig.SendAsync(hop);

        Assert.Equal(250, result!.Reply.Code);
        Assert.Equal(["RCPT TO:<bob@example.com>"], hop.Messages.Single().Recipients);
        Assert.Equal(1, hop.Connections);
        Assert.Single(hop.Commands(0), "RSET");
    }

    [Fact]
    public async Task A_session_that_was_closed_while_it_was_idle_is_replaced()
    {
        await using var rig = new RelayRig();
        await using var hop = new ScriptedHop();
        hop.Script = (step, number) => step == "dot" && number == 0 ? HopAction.SayAndHangUp("250 2.0.0 queued, bye") : null;

        var first = await rig.SendAsync(hop);
        var second = await rig.SendAsync(hop);

        Assert.Equal(250, first.Result!.Reply.Code);
        Assert.Equal(250, second.Result!.Reply.Code);
        Assert.Equal([0, 1], hop.Messages.Select(message => message.Connection));
    }

    [Fact]
    public async Task An_unsolicited_reply_is_never_used_as_a_reply()
    {
        await using var rig = new RelayRig();
        await using var hop = new ScriptedHop();
        hop.Script = (step, number) => step == "dot" && number == 0 ? HopAction.Raw("250 2.0.0 queued\r\n250 2.0.0 and one for later\r\n", isPositive: true) : null;

        await rig.SendAsync(hop);
        await rig.SendAsync(hop);

        Assert.Equal([0, 1], hop.Messages.Select(message => message.Connection));
    }

    public static TheoryData<string, string> StaleAt => new()
    {
        { "MAIL", "421 4.4.2 idle for too long" },
        { "MAIL", "" },
        { "RCPT", "421 4.7.0 too many errors in this session" },
        { "RCPT", "" },
    };

    [Theory]
    [MemberData(nameof(StaleAt))]
    public async Task A_kept_session_that_fails_on_its_first_use_is_replaced(string verb, string lastWords)
    {
        await using var rig = new RelayRig();
        await using var hop = new ScriptedHop();
        await rig.SendAsync(hop);
        hop.Script = (step, number) => number == 0 && Is(step, verb)
            ? lastWords.Length > 0 ? HopAction.SayAndHangUp(lastWords) : HopAction.HangUp
            : null;

        var (rcpt, result) = await rig.SendAsync(hop);

        Assert.Equal(250, rcpt.Code);
        Assert.Equal(250, result!.Reply.Code);
        Assert.Equal([0, 1], hop.Messages.Select(message => message.Connection));
    }

    [Fact]
    public async Task A_fresh_session_that_fails_is_not_replaced()
    {
        await using var rig = new RelayRig();
        await using var hop = new ScriptedHop();
        hop.Script = (step, _) => Is(step, "MAIL") ? HopAction.SayAndHangUp("421 4.7.0 go away") : null;

        var (rcpt, _) = await rig.SendAsync(hop);

        Assert.Equal(451, rcpt.Code);
        Assert.Contains("said: go away", rcpt.ToString(), StringComparison.Ordinal);
        Assert.Equal(1, hop.Connections);
    }

    [Fact]
    public async Task A_session_lost_while_waiting_for_the_client_is_replayed_in_another()
    {
        await using var rig = new RelayRig();
        await using var hop = new ScriptedHop();
        hop.Script = (step, number) =>
            (number == 0 && Is(step, "RCPT TO:<carol@")) || (number == 1 && step == "DATA") ? HopAction.SayAndHangUp("421 4.4.2 timeout") : null;
        await using var transaction = rig.Begin(hop);
        await transaction.AddRecipientsAsync(RelayRig.Recipients("bob@example.com"), default);

        var more = await transaction.AddRecipientsAsync(RelayRig.Recipients("carol@example.com"), default);
        await using var text = rig.Text("hello\r\n");
        var result = await transaction.CommitAsync(new OutgoingMessage(RelayRig.Header, text), default);

        Assert.Equal(250, more[0].Code);
        Assert.Equal(250, result.Reply.Code);
        var message = hop.Messages.Single();
        Assert.Equal(2, message.Connection);
        Assert.Equal(["RCPT TO:<bob@example.com>", "RCPT TO:<carol@example.com>"], message.Recipients);
    }

    [Fact]
    public async Task If_a_replay_loses_a_recipient_the_message_is_deferred()
    {
        await using var rig = new RelayRig();
        await using var hop = new ScriptedHop();
        hop.Script = (step, number) =>
            number == 0 && step == "DATA" ? HopAction.HangUp
            : number == 1 && Is(step, "RCPT TO:<carol@") ? HopAction.Say("550 5.1.1 who?")
            : null;
        await using var transaction = rig.Begin(hop);
        await transaction.AddRecipientsAsync(RelayRig.Recipients("bob@example.com", "carol@example.com"), default);
        await using var text = rig.Text("hello\r\n");

        var result = await transaction.CommitAsync(new OutgoingMessage(RelayRig.Header, text), default);

        Assert.Equal(451, result.Reply.Code);
        Assert.Empty(hop.Messages);
        Assert.Equal(2, hop.Connections);
    }

    [Fact]
    public async Task A_session_ends_after_its_maximum_of_transactions()
    {
        await using var rig = new RelayRig(Options with { MaxTransactions = 2 });
        await using var hop = new ScriptedHop();
        for (var i = 0; i < 5; i++)
        {
            await rig.SendAsync(hop);
        }

        Assert.Equal([0, 0, 1, 1, 2], hop.Messages.Select(message => message.Connection));
    }

    [Fact]
    public async Task A_session_ends_at_its_maximum_age()
    {
        await using var rig = new RelayRig(Options with { MaxAge = TimeSpan.FromMinutes(5), IdleTimeout = TimeSpan.FromHours(1) });
        await using var hop = new ScriptedHop();
        await rig.SendAsync(hop);
        rig.Clock.Advance(TimeSpan.FromMinutes(4));
        await rig.SendAsync(hop);
        rig.Clock.Advance(TimeSpan.FromMinutes(1));
        await rig.SendAsync(hop);

        Assert.Equal([0, 0, 1], hop.Messages.Select(message => message.Connection));
    }

    [Fact]
    public async Task A_session_with_many_refusals_is_not_used_again()
    {
        await using var rig = new RelayRig(Options with { MaxRefusals = 3 });
        await using var hop = new ScriptedHop();
        hop.Script = (step, number) => number == 0 && Is(step, "RCPT") ? HopAction.Say("550 5.1.1 no such user") : null;
        await using (var guesser = rig.Begin(hop))
        {
            await guesser.AddRecipientsAsync(RelayRig.Recipients("a@example.com", "b@example.com", "c@example.com"), default);
        }

        await rig.SendAsync(hop);

        Assert.Equal(1, hop.Messages.Single().Connection);
    }

    [Fact]
    public async Task An_idle_session_is_closed_with_QUIT_after_its_time()
    {
        await using var rig = new RelayRig();
        await using var hop = new ScriptedHop();
        var quit = new TaskCompletionSource();
        hop.Script = (step, _) =>
        {
            if (step == "QUIT")
            {
                quit.TrySetResult();
            }

            return null;
        };
        await rig.SendAsync(hop);

        rig.Clock.Advance(TimeSpan.FromSeconds(19));
        Assert.False(quit.Task.IsCompleted);
        rig.Clock.Advance(TimeSpan.FromSeconds(11));

        await quit.Task.WaitAsync(TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task The_number_of_idle_sessions_is_bounded()
    {
        await using var rig = new RelayRig(Options with { MaxIdle = 1 });
        await using var hop = new ScriptedHop();
        await using (var one = rig.Begin(hop))
        await using (var two = rig.Begin(hop))
        {
            await one.AddRecipientsAsync(RelayRig.Recipients("a@example.com"), default);
            await two.AddRecipientsAsync(RelayRig.Recipients("b@example.com"), default);
        }

        await using var three = rig.Begin(hop);
        await using var four = rig.Begin(hop);
        await three.AddRecipientsAsync(RelayRig.Recipients("c@example.com"), default);
        await four.AddRecipientsAsync(RelayRig.Recipients("d@example.com"), default);

        Assert.Equal(3, hop.Connections);
    }

    // A next hop that allows as many connections as it is given would refuse one more.
    [Fact]
    public async Task An_unused_session_that_does_not_suit_gives_way_to_a_new_one()
    {
        await using var rig = new RelayRig(Options with { MaxSessions = 2 });
        await using var hop = new ScriptedHop();
        await using (var one = rig.Begin(hop))
        await using (var two = rig.Begin(hop, client: RelayRig.Alice with { IsTrusted = true }))
        {
            await one.AddRecipientsAsync(RelayRig.Recipients("a@example.com"), default);
            await two.AddRecipientsAsync(RelayRig.Recipients("b@example.com"), default);
        }

        var pool = rig.Services.GetRequiredService<NextHopPool>();
        Assert.Equal(2, Assert.Single(pool.Report()).Idle);
        var place = await pool.EnterAsync(hop.EndPoint, RelayRig.Alice, isComplete: false, default);
        await pool.MakeRoomAsync(hop.EndPoint, default);
        Assert.Equal(1, Assert.Single(pool.Report()).Idle);
        Assert.Single(hop.Log, line => line.Contains("QUIT", StringComparison.Ordinal));
        pool.Leave(place!);
    }

    [Fact]
    public async Task When_all_sessions_are_in_use_the_next_transaction_waits_for_one()
    {
        await using var rig = new RelayRig(Options with { MaxSessions = 1 });
        var gate = new Gate();
        await using var hop = new ScriptedHop
        {
            Script = (step, _) => step.StartsWith("RCPT TO:<a@", StringComparison.Ordinal) ? gate.ThenSay("250 2.1.5 ok") : null,
        };
        var first = rig.Begin(hop);
        var busy = first.AddRecipientsAsync(RelayRig.Recipients("a@example.com"), default).AsTask();
        await gate.ReachedAsync();
        await using var second = rig.Begin(hop);
        var waiting = second.AddRecipientsAsync(RelayRig.Recipients("b@example.com"), default).AsTask();
        Assert.False(waiting.IsCompleted);

        gate.Open();
        await busy;
        await first.DisposeAsync();

        Assert.Equal(250, (await waiting.WaitAsync(TimeSpan.FromSeconds(60)))[0].Code);
        Assert.Equal(1, hop.Connections);
    }

    [Fact]
    public async Task A_transaction_that_waits_too_long_is_deferred_and_takes_no_place()
    {
        await using var rig = new RelayRig(Options with { MaxSessions = 1 });
        await using var hop = StallsFor("a@");
        using var giveUp = new CancellationTokenSource();
        var stuck = rig.Begin(hop).AddRecipientsAsync(RelayRig.Recipients("a@example.com"), giveUp.Token).AsTask();
        await hop.Stalled;
        await using var second = rig.Begin(hop);
        var waiting = second.AddRecipientsAsync(RelayRig.Recipients("b@example.com"), default).AsTask();

        rig.Clock.Advance(TimeSpan.FromSeconds(20));

        Assert.Equal("451 4.3.2", (await waiting.WaitAsync(TimeSpan.FromSeconds(60)))[0].ToString()[..9]);
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stuck);
        Assert.Equal(250, (await rig.SendAsync(hop)).Result!.Reply.Code);
        Assert.Equal(2, hop.Connections);
    }

    [Fact]
    public async Task After_a_host_without_a_free_session_the_next_host_is_tried()
    {
        await using var rig = new RelayRig(Options with { MaxSessions = 1 });
        await using var busy = StallsFor("a@");
        await using var other = new ScriptedHop();
        using var giveUp = new CancellationTokenSource();
        var stuck = rig.Begin(busy).AddRecipientsAsync(RelayRig.Recipients("a@example.com"), giveUp.Token).AsTask();
        await busy.Stalled;
        var sending = rig.SendAsync(RelayRig.To(busy, other));

        rig.Clock.Advance(TimeSpan.FromSeconds(20));

        Assert.Equal(250, (await sending.WaitAsync(TimeSpan.FromSeconds(60))).Result!.Reply.Code);
        Assert.Single(other.Messages);
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stuck);
    }

    [Fact]
    public async Task A_session_that_waits_for_a_trusted_client_is_given_up_after_2_s_and_both_messages_arrive()
    {
        await using var rig = new RelayRig(Options with { MaxSessions = 1 });
        await using var hop = new ScriptedHop();
        await using var idle = rig.Begin(hop, client: Trusted);
        await idle.AddRecipientsAsync(RelayRig.Recipients("a@example.com"), default);
        var sending = rig.SendAsync(RelayRig.To(hop), "Subject: second\r\n\r\nhello\r\n");
        Assert.False(sending.IsCompleted);

        rig.Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(250, (await sending.WaitAsync(TimeSpan.FromSeconds(60))).Result!.Reply.Code);

        await using var text = rig.Text("Subject: first\r\n\r\nhello\r\n");
        Assert.Equal(250, (await idle.CommitAsync(new OutgoingMessage(RelayRig.Header, text), default)).Reply.Code);
        Assert.Equal([["RCPT TO:<bob@example.com>"], ["RCPT TO:<a@example.com>"]], hop.Messages.Select(m => m.Recipients));
        Assert.Equal(1, hop.Connections);
    }

    [Fact]
    public async Task Two_transactions_that_share_one_session_in_turn_each_reach_their_own_recipients()
    {
        await using var rig = new RelayRig(Options with { MaxSessions = 1 });
        await using var hop = new ScriptedHop();
        await using var first = rig.Begin(hop, client: Trusted);
        await first.AddRecipientsAsync(RelayRig.Recipients("a@example.com"), default);
        await using var second = rig.Begin(hop, client: Trusted);
        var adding = second.AddRecipientsAsync(RelayRig.Recipients("b@example.com"), default).AsTask();
        rig.Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.True((await adding.WaitAsync(TimeSpan.FromSeconds(60)))[0].IsPositive);

        // The second transaction has taken the session of the first, and both wait now.
        await using var text = rig.Text("Subject: first\r\n\r\nhello\r\n");
        var sending = first.CommitAsync(new OutgoingMessage(RelayRig.Header, text), default).AsTask();
        rig.Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(250, (await sending.WaitAsync(TimeSpan.FromSeconds(60))).Reply.Code);
        await using var other = rig.Text("Subject: second\r\n\r\nhello\r\n");
        Assert.Equal(250, (await second.CommitAsync(new OutgoingMessage(RelayRig.Header, other), default)).Reply.Code);

        Assert.Equal(
            [("RCPT TO:<a@example.com>", true), ("RCPT TO:<b@example.com>", false)],
            hop.Messages.Select(m => (m.Recipients.Single(), m.Content.AsSpan().IndexOf("Subject: first"u8) >= 0)));
    }

    [Fact]
    public async Task A_later_transaction_gets_the_session_that_already_waits_for_its_client()
    {
        await using var rig = new RelayRig(Options with { MaxSessions = 1 });
        await using var hop = new ScriptedHop();
        await using var idle = rig.Begin(hop, client: Trusted);
        await idle.AddRecipientsAsync(RelayRig.Recipients("a@example.com"), default);
        rig.Clock.Advance(TimeSpan.FromMinutes(1));
        var sending = rig.SendAsync(hop);
        await Eventually.HoldsAsync("the message to be sent", () =>
        {
            rig.Clock.Advance(TimeSpan.Zero); // fires timers that are due at once
            return sending.IsCompleted;
        });

        Assert.Equal(250, (await sending).Result!.Reply.Code);
    }

    [Fact]
    public async Task A_session_that_waits_for_an_untrusted_client_is_given_up_at_once_and_both_messages_arrive()
    {
        await using var rig = new RelayRig(Options with { MaxSessions = 1 });
        await using var hop = new ScriptedHop();
        await using var idle = rig.Begin(hop);
        await idle.AddRecipientsAsync(RelayRig.Recipients("a@example.com"), default);
        Assert.Equal(250, (await rig.SendAsync(RelayRig.To(hop), "Subject: second\r\n\r\nhello\r\n").WaitAsync(TimeSpan.FromSeconds(60))).Result!.Reply.Code);

        await using var text = rig.Text("Subject: first\r\n\r\nhello\r\n");
        Assert.Equal(250, (await idle.CommitAsync(new OutgoingMessage(RelayRig.Header, text), default)).Reply.Code);
        Assert.Equal(["RCPT TO:<a@example.com>"], hop.Messages.Last().Recipients);
        Assert.Equal(1, hop.Connections);
    }

    [Fact]
    public async Task Trusted_clients_have_reserved_places_and_come_first()
    {
        await using var rig = new RelayRig(Options with { MaxSessions = 4 });
        await using var hop = new ScriptedHop();
        var stalls = new SemaphoreSlim(0);
        hop.Script = (step, _) =>
        {
            if (!Is(step, "RCPT TO:<stuck"))
            {
                return null;
            }

            stalls.Release();
            return HopAction.Stall;
        };
        using var giveUp = new CancellationTokenSource();
        var stuck = Enumerable.Range(0, 5).Select(i => rig.Begin(hop).AddRecipientsAsync(RelayRig.Recipients($"stuck{i}@example.com"), giveUp.Token).AsTask()).ToList();
        for (var i = 0; i < 3; i++)
        {
            Assert.True(await stalls.WaitAsync(TimeSpan.FromSeconds(60)));
        }

        var (_, result) = await rig.SendAsync(RelayRig.To(hop), client: Trusted).WaitAsync(TimeSpan.FromSeconds(60));

        Assert.Equal(250, result!.Reply.Code);
        Assert.Equal(3, hop.Log.Count(line => line.Contains("stuck", StringComparison.Ordinal)));
        await giveUp.CancelAsync();
        foreach (var one in stuck)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => one);
        }
    }

    [Fact]
    public async Task A_host_and_a_site_may_have_few_waiting_sessions()
    {
        await using var rig = new RelayRig(Options with { MaxSessions = 20, MaxIdle = 20 });
        await using var hop = new ScriptedHop();
        var open = new List<IDelivery>();
        for (var i = 0; i < 12; i++)
        {
            var transaction = rig.Begin(hop, client: RelayRig.Alice with { Address = System.Net.IPAddress.Parse($"192.0.2.{i / 4}") });
            open.Add(transaction);
            Assert.True((await transaction.AddRecipientsAsync(RelayRig.Recipients($"r{i}@example.com"), default))[0].IsPositive);
        }

        // At most two sessions of a host and five of the site wait; further transactions reuse them.
        Assert.InRange(hop.Connections, 5, 6);
        foreach (var transaction in open)
        {
            await using var text = rig.Text("hello\r\n");
            Assert.Equal(250, (await transaction.CommitAsync(new OutgoingMessage(RelayRig.Header, text), default)).Reply.Code);
            await transaction.DisposeAsync();
        }

        Assert.Equal(Enumerable.Range(0, 12).Select(i => $"RCPT TO:<r{i}@example.com>"), hop.Messages.Select(m => m.Recipients.Single()));
    }

    [Theory]
    [InlineData("127.0.0.1", "greeting", "421 4.7.0 too many connections")]
    [InlineData("127.0.0.1", "greeting", "450 4.7.0 too many connections")]
    [InlineData("127.0.0.1", "greeting", null)]
    [InlineData("127.0.0.1", "EHLO", "421 4.7.0 too many connections")]
    [InlineData("127.0.0.1", "EHLO", "451 4.7.0 too many connections")]
    [InlineData("::1", "greeting", "421 4.7.0 too many connections")]
    [InlineData("::1", "greeting", "450 4.7.0 too many connections")]
    [InlineData("::1", "EHLO", "421 4.7.0 too many connections")]
    public async Task A_next_hop_that_accepts_three_sessions_gets_three_and_others_wait(string address, string stage, string? said)
    {
        await using var rig = new RelayRig();
        await using var hop = new ScriptedHop(new IPEndPoint(IPAddress.Parse(address), 0));
        var open = 0;
        hop.Script = (step, number) => Is(step, stage) && Interlocked.Increment(ref open) > 3 ? said is null ? HopAction.HangUp : HopAction.SayAndHangUp(said) : null;

        var results = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => rig.SendAsync(RelayRig.To(hop), $"Subject: {i}\r\n\r\nhello\r\n")))
            .WaitAsync(TimeSpan.FromSeconds(60));

        Assert.All(results, result => Assert.Equal(250, result.Result!.Reply.Code));
        Assert.Equal(20, hop.Messages.Count);
        Assert.Contains(rig.Log.Lines, entry => entry.Event == 3013);
    }

    [Fact]
    public async Task A_client_that_gives_up_waiting_takes_no_place()
    {
        await using var rig = new RelayRig(Options with { MaxSessions = 1 });
        await using var hop = new ScriptedHop();
        using var cancel = new CancellationTokenSource();
        var first = rig.Begin(hop, client: Trusted);
        await first.AddRecipientsAsync(RelayRig.Recipients("a@example.com"), default);
        await using var second = rig.Begin(hop);
        var waiting = second.AddRecipientsAsync(RelayRig.Recipients("b@example.com"), cancel.Token).AsTask();

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(TimeSpan.FromSeconds(60)));
        await first.DisposeAsync();
        Assert.Equal(250, (await rig.SendAsync(hop)).Result!.Reply.Code);
        Assert.Equal(1, hop.Connections);
    }

    [Fact]
    public async Task Many_concurrent_transactions_share_few_sessions_and_each_message_arrives_once()
    {
        await using var rig = new RelayRig(Options with { MaxSessions = 4 });
        await using var hop = new ScriptedHop();

        var results = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => rig.SendAsync(RelayRig.To(hop), $"Subject: {i}\r\n\r\nhello\r\n")))
            .WaitAsync(TimeSpan.FromSeconds(60));

        Assert.All(results, result => Assert.Equal(250, result.Result!.Reply.Code));
        Assert.InRange(hop.Messages.Select(message => message.Connection).Distinct().Count(), 1, 8);
        Assert.Equal(200, hop.Messages.Select(message => Convert.ToHexString(message.Content)).Distinct().Count());
        Assert.Equal(200, hop.Messages.Count);
    }
}
