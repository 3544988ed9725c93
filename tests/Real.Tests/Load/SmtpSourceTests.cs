using System.Text.RegularExpressions;
using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Load;

/// <summary>smtp-source, Postfix's load generator, as a trusted host, with smtp-sink behind the node.</summary>
public sealed partial class SmtpSourceTests
{
    private const int Sessions = 20;
    private const int Messages = 5000;

    [NeedsTheory("root", "smtp-source", "smtp-sink")]
    [InlineData("one message a connection")]
    [InlineData("kept connections", "-d")]
    public async Task No_message_of_many_is_lost_or_duplicated(string how, params string[] options)
    {
        await using var sink = await SmtpSink.StartAsync();
        using var folder = new TemporaryFolder();
        await using var node = await NodeProcess.StartAsync(folder, sink.Route("sink.test"), "Trust:Entries:0=127.0.0.1/32");

        var result = await Tool.RunAsync("smtp-source",
            [.. options, "-N", "-s", $"{Sessions}", "-m", $"{Messages}", "-l", "4096", "-f", "list@people.test", "-t", "someone@sink.test", $"{node.Smtp}"]);

        result.Expect(0);
        var recipients = sink.Messages().Select(m => Recipient().Match(m).Groups[1].Value).ToList();
        Assert.True(recipients.Count == Messages, $"{how}: {recipients.Count} arrived");
        Assert.Equal(Messages, recipients.Distinct().Count());
        await node.StopAsync();
    }

    [GeneratedRegex(@"^X-Rcpt-Args: <(\d+someone@sink\.test)>$", RegexOptions.Multiline)]
    private static partial Regex Recipient();
}
