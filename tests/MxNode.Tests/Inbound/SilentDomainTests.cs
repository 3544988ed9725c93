using ThrottleNet.MxNode.Hosting;

namespace ThrottleNet.MxNode.Tests.Inbound;

/// <summary>Relay:SilentDomains: a host that guesses addresses cannot tell those that exist from those that do not.</summary>
public sealed class SilentDomainTests
{
    [Fact]
    public async Task A_guesser_gets_the_same_answers_for_unknown_recipients_and_their_mail_is_dropped()
    {
        await using var rig = await StartAsync("example.com");
        await BecomeGuesserAsync(rig);
        var unknown = await TranscriptAsync(rig, "<nobody@example.com>");
        Assert.Empty(rig.Hop.Messages);
        var known = await TranscriptAsync(rig, "<bob@example.com>");
        Assert.Single(rig.Hop.Messages);
        Assert.Equal(known, unknown);
        Assert.Equal(["250 2.1.5", "354", "250 2.0.0"], known.Select(line => line[..Math.Min(9, line.IndexOf(' ', 4) is var end and > 0 && line[0] == '2' ? end : 3)]));
        Assert.Equal(["RCPT TO:<bob@example.com>"], rig.Hop.Messages.Single().Recipients);
    }

    [Fact]
    public async Task A_host_that_does_not_guess_learns_that_a_recipient_is_unknown()
    {
        await using var rig = await StartAsync("example.com");
        await using var client = await rig.ConnectAsync();
        await client.TalkAsync("<220", ">EHLO client.test", "<250", ">MAIL FROM:<alice@client.test>", "<250", ">RCPT TO:<nobody@example.com>", "<550 5.1.1");
    }

    [Fact]
    public async Task A_guesser_is_refused_in_a_domain_that_is_not_silent()
    {
        await using var rig = await StartAsync("elsewhere.test");
        await BecomeGuesserAsync(rig);
        await using var client = await rig.ConnectAsync();
        await client.TalkAsync("<220", ">EHLO client.test", "<250", ">MAIL FROM:<alice@client.test>", "<250", ">RCPT TO:<nobody@example.com>", "<421 4.7.1");
    }

    private static async Task<InboundRig> StartAsync(string silent)
    {
        var rig = await InboundRig.StartAsync(c => c with { Relay = c.Relay with { SilentDomains = [silent] }, Throttle = c.Throttle with { BadRecipients = 3 } });
        rig.Hop.Script = (step, _) => step.StartsWith("RCPT TO:<nobody", StringComparison.Ordinal) ? HopAction.Say("550 5.1.1 no such user") : null;
        return rig;
    }

    private static async Task BecomeGuesserAsync(InboundRig rig)
    {
        await using var client = await rig.ConnectAsync();
        await client.TalkAsync("<220", ">EHLO client.test", "<250", ">MAIL FROM:<alice@client.test>", "<250");
        for (var i = 0; i < 6; i++)
        {
            var answer = await AskAsync(rig, client, $"RCPT TO:<nobody{i}@example.com>");
            if (answer is null || !answer.StartsWith("550", StringComparison.Ordinal))
            {
                return;
            }
        }
    }

    private static async Task<List<string>> TranscriptAsync(InboundRig rig, string recipient)
    {
        await using var client = await rig.ConnectAsync();
        await client.TalkAsync("<220", ">EHLO client.test", "<250", ">MAIL FROM:<alice@client.test>", "<250");
        var answers = new List<string>();
        foreach (var line in new[] { $"RCPT TO:{recipient}", "DATA", "Subject: x\r\n\r\nhello\r\n." })
        {
            answers.Add((await AskAsync(rig, client, line))!);
        }

        return answers;
    }

    // A guesser's answers are slow: time passes for as long as it waits.
    private static async Task<string?> AskAsync(InboundRig rig, RawClient client, string line)
    {
        var asked = client.AskAsync(line);
        await Eventually.HoldsAsync("an answer", () =>
        {
            if (!asked.IsCompleted)
            {
                rig.Clock.Advance(TimeSpan.FromSeconds(5));
            }

            return asked.IsCompleted;
        });
        return await asked;
    }
}
