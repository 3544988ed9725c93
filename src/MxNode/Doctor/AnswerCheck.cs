using System.Runtime.CompilerServices;

namespace ThrottleNet.MxNode.Doctor;

/// <summary>What this node answers to a sender, by the node's own classes.</summary>
internal sealed class AnswerCheck(NodeTrial trial, Vantage vantage) : IDomainCheck
{
    public string Group => "This node";

    public async IAsyncEnumerable<Finding> RunAsync(DomainView view, [EnumeratorCancellation] CancellationToken cancel)
    {
        var answer = await trial.AnswerAsync(view, cancel);
        var text = $"answers RCPT TO:<postmaster@{view.Domain}> with: {answer.Reply}";
        yield return answer switch
        {
            { Reply.IsPositive: true } => Finding.Pass("answer", $"{text} (next hop {answer.NextHop})"),
            { NextHop: "" } => Finding.Fail("answer", text, "mend what failed above"),
            { Reply.IsTransient: true } when !await vantage.IsRelayAsync(view, cancel) => Finding.Skip("answer", text, "this machine is none of the relays, and the mail server defers it; ask a relay's operator to run this check"),
            { Reply.IsTransient: true } => Finding.Warn("answer", text, "the mail server defers relays: exempt them from greylisting and rate limits, and let its guard know them"),
            _ => Finding.Fail("answer", text, "the mail server refuses its own postmaster to relays: exempt the relays from what the text names"),
        };
    }
}
