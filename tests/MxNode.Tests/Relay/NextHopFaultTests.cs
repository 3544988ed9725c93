using Microsoft.Extensions.Logging;
using ThrottleNet.MxNode.Relay;

namespace ThrottleNet.MxNode.Tests.Relay;

/// <summary>For each fault of the next hop at each stage, the client gets a reply in its session, and no message is lost or doubled.</summary>
public sealed class NextHopFaultTests
{
    private static readonly byte[] Long = RelayTransactionTests.RandomText(new Random(1), 20_000_000);

    private static readonly Dictionary<string, HopAction> Actions = new()
    {
        ["refuses"] = HopAction.Say("554 5.7.1 no, bob@example.com"),
        ["defers"] = HopAction.Say("450 4.7.1 not now, bob@example.com"),
        ["closes"] = HopAction.SayAndHangUp("421 4.3.2 closing on bob@example.com"),
        ["hangs up"] = HopAction.HangUp,
        ["vanishes"] = HopAction.Vanish,
        ["stalls"] = HopAction.Stall,
        ["babbles"] = HopAction.Raw("hello there\r\n"),
        ["rambles"] = HopAction.Raw(string.Concat(Enumerable.Repeat("250-and more\r\n", 5000))),
        ["never ends a line"] = HopAction.Raw("250 " + new string('x', 100_000)),
        ["says a lone CR"] = HopAction.Raw("250 a\rb\r\n"),
        ["asks for more"] = HopAction.Raw("334 go on\r\n"),
    };

    public static TheoryData<string, string> EnvelopeFaults => Cross(["greeting", "EHLO", "XCLIENT", "MAIL", "RCPT"], Actions.Keys);

    public static TheoryData<string, string> DataFaults => Cross(["DATA", "dot"], Actions.Keys);

    public static TheoryData<string, string> TextFaults => Cross(["text"], ["closes", "hangs up", "vanishes", "stalls"]);

    [Theory]
    [MemberData(nameof(EnvelopeFaults))]
    public async Task A_fault_before_DATA_is_the_reply_to_the_recipient(string stage, string what)
    {
        await using var rig = new RelayRig();
        await using var hop = Faulty(stage, what);

        var (rcpt, _) = await rig.RunOutOfTimeAsync(rig.SendAsync(hop), hop.Stalled);

        Assert.Equal((what, stage) switch { ("refuses", "greeting" or "EHLO") => 451, ("refuses", _) => 554, ("defers", _) => 450, _ => 451 }, rcpt.Code);
        await AssertNothingHappenedAndItWorksOnceItIsOver(rig, hop, possibleDuplicate: false);
    }

    [Theory]
    [MemberData(nameof(DataFaults))]
    public async Task A_fault_at_DATA_or_the_final_dot_is_the_reply_to_the_message(string stage, string what)
    {
        await using var rig = new RelayRig();
        await using var hop = Faulty(stage, what);

        var (rcpt, result) = await rig.RunOutOfTimeAsync(rig.SendAsync(hop), hop.Stalled);

        Assert.Equal(250, rcpt.Code);
        Assert.Equal(what switch { "refuses" => 554, "defers" => 450, _ => 451 }, result!.Reply.Code);
        var answered = what is "refuses" or "defers" or "closes";
        Assert.Equal(stage == "dot" && !answered, result.PossibleDuplicate);
        await AssertNothingHappenedAndItWorksOnceItIsOver(rig, hop, result.PossibleDuplicate);
    }

    [Theory]
    [MemberData(nameof(TextFaults))]
    public async Task A_fault_within_the_text_defers_the_message(string stage, string what)
    {
        await using var rig = new RelayRig();
        await using var hop = Faulty(stage, what);
        await using var transaction = rig.Begin(hop);
        await transaction.AddRecipientsAsync(RelayRig.Recipients("bob@example.com"), default);
        await using var text = rig.Text(Long);

        var result = await rig.RunOutOfTimeAsync(transaction.CommitAsync(new OutgoingMessage(RelayRig.Header, text), default).AsTask(), hop.Stalled);

        Assert.Equal(451, result.Reply.Code);
        Assert.False(result.PossibleDuplicate);
        await AssertNothingHappenedAndItWorksOnceItIsOver(rig, hop, possibleDuplicate: false);
    }

    [Theory]
    [InlineData("RCPT TO:<b@")]
    [InlineData("RCPT TO:<c@")]
    public async Task After_a_lost_session_recipients_refused_before_stay_refused_and_accepted_ones_are_deferred(string lostAt)
    {
        await using var rig = new RelayRig();
        await using var hop = new ScriptedHop();
        hop.Script = (step, _) =>
            step.StartsWith(lostAt, StringComparison.Ordinal) ? HopAction.HangUp
            : step.StartsWith("RCPT TO:<a@", StringComparison.Ordinal) ? HopAction.Say("550 5.1.1 no such user")
            : null;
        await using var transaction = rig.Begin(hop);

        var answers = await transaction.AddRecipientsAsync(RelayRig.Recipients("a@example.com", "b@example.com", "c@example.com"), default);

        Assert.Equal([550, 451, 451], answers.Select(answer => answer.Code));
    }

    [Fact]
    public async Task After_a_refused_MAIL_the_replies_to_RCPT_are_ignored_even_if_the_session_is_lost()
    {
        await using var rig = new RelayRig();
        await using var hop = new ScriptedHop();
        hop.Script = (step, _) =>
            step.StartsWith("MAIL", StringComparison.Ordinal) ? HopAction.Say("450 4.7.1 later")
            : step.StartsWith("RCPT TO:<b@", StringComparison.Ordinal) ? HopAction.HangUp
            : null;
        await using var transaction = rig.Begin(hop);

        var answers = await transaction.AddRecipientsAsync(RelayRig.Recipients("a@example.com", "b@example.com"), default);

        Assert.Equal([451, 451], answers.Select(answer => answer.Code));
    }

    private static ScriptedHop Faulty(string stage, string what)
    {
        var hop = new ScriptedHop { Offers = ["PIPELINING", "XCLIENT ADDR"] };
        hop.Script = (step, _) =>
            step.StartsWith(stage, StringComparison.Ordinal) || (stage == "EHLO" && step.StartsWith("HELO", StringComparison.Ordinal))
                ? Actions[what]
                : null;
        return hop;
    }

    private static async Task AssertNothingHappenedAndItWorksOnceItIsOver(RelayRig rig, ScriptedHop hop, bool possibleDuplicate)
    {
        Assert.Empty(hop.Messages);
        Assert.Equal(possibleDuplicate, rig.Log.Lines.Any(entry => entry is { Level: LogLevel.Warning, Event: 3009 }));
        Assert.DoesNotContain(rig.Log.Lines, entry => entry.Level > LogLevel.Debug && entry.Message.Contains('@', StringComparison.Ordinal));
        hop.Script = (_, _) => null;
        Assert.Equal(250, (await rig.SendAsync(hop)).Result!.Reply.Code);
        Assert.Single(hop.Messages);
    }

    private static TheoryData<string, string> Cross(IEnumerable<string> stages, IEnumerable<string> actions)
    {
        var data = new TheoryData<string, string>();
        foreach (var stage in stages)
        {
            foreach (var action in actions)
            {
                data.Add(stage, action);
            }
        }

        return data;
    }
}
