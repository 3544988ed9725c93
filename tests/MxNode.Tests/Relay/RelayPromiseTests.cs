using System.Text;
using ThrottleNet.MxNode.Relay;

namespace ThrottleNet.MxNode.Tests.Relay;

public sealed class RelayPromiseTests
{
    private static readonly string[] Steps = ["greeting", "EHLO", "XCLIENT", "MAIL", "RCPT", "DATA", "text", "dot"];

    private static readonly HopAction[] Actions =
    [
        HopAction.HangUp,
        HopAction.Vanish,
        HopAction.Say("451 4.3.0 later"),
        HopAction.Say("554 5.7.1 never"),
        HopAction.SayAndHangUp("421 4.3.2 closing"),
        HopAction.Raw("what?\r\n"),
    ];

    [Fact]
    public async Task The_destination_has_exactly_the_messages_answered_250()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        await using var rig = new RelayRig(new RelayOptions { MaxSessions = 5, MaxTransactions = 7 });
        await using var hop = new ScriptedHop { Offers = ["PIPELINING", "XCLIENT ADDR"] };
        hop.Script = (step, _) =>
        {
            lock (random)
            {
                // At "text" only actions that end the connection: a reply there would be taken for the reply to the final dot.
                return random.Next(12) == 0 && Steps.Any(s => step.StartsWith(s, StringComparison.Ordinal))
                    ? Actions[random.Next(step == "text" ? 2 : Actions.Length)]
                    : null;
            }
        };

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 600).Select(i => SendAsync(rig, hop, $"message {i} {new string('x', 200)}"))).WaitAsync(Eventually.Patience);

        var arrived = hop.Messages.Select(message => Encoding.ASCII.GetString(message.Content)[RelayRig.Header.Length..].Trim()).ToList();
        var promised = outcomes.Where(outcome => outcome.Promised).Select(outcome => outcome.Content).ToList();
        Assert.True(arrived.Order().SequenceEqual(promised.Order()), $"seed {seed}: {promised.Count} promised, {arrived.Count} arrived");
        Assert.InRange(promised.Count, 1, 599);
    }

    private static async Task<(string Content, bool Promised)> SendAsync(RelayRig rig, ScriptedHop hop, string content)
    {
        await using var transaction = rig.Begin(hop);
        var answers = await transaction.AddRecipientsAsync(RelayRig.Recipients("a@example.com", "b@example.com"), default);
        Assert.All(answers, answer => Assert.Contains(answer.Code, new[] { 250, 451, 554 }));
        if (!answers.Any(answer => answer.IsPositive))
        {
            return (content, false);
        }

        await using var text = rig.Text($"{content}\r\n");
        var result = await transaction.CommitAsync(new OutgoingMessage(RelayRig.Header, text), default);
        Assert.Contains(result.Reply.Code, new[] { 250, 451, 554 });
        return (content, result.Reply.IsPositive);
    }
}
