using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Load;

/// <summary>A node that is killed and starts again. <see cref="ChaosTests"/> kills it under load.</summary>
public sealed class KillTests
{
    [NeedsFact("root", "smtp-sink")]
    public async Task The_counts_survive_a_kill()
    {
        var stranger = Loopback.Next();
        await using var sink = await SmtpSink.StartAsync();
        using var folder = new TemporaryFolder();
        string[] settings = [sink.Route("sink.test"), "Throttle:SnapshotInterval=00:00:01"];
        double before;
        await using (var node = await NodeProcess.StartAsync(folder, settings))
        {
            await using var talk = await RawClient.ConnectAsync(node.Smtp, stranger);
            await talk.AnswerAsync();
            await talk.AskAsync("EHLO people.test");
            await talk.AskAsync("MAIL FROM:<friend@people.test>");
            for (var recipient = 0; recipient < 4; recipient++)
            {
                Assert.StartsWith("250 ", await talk.AskAsync($"RCPT TO:<someone{recipient}@sink.test>"), StringComparison.Ordinal);
            }

            before = await node.CountAsync(stranger);
            Assert.True(before > 0);

            // The first snapshot may have been begun before the last count. The second one holds all counts.
            await NextSnapshotAsync(folder);
            await NextSnapshotAsync(folder);
            await node.KillAsync();
        }

        await using var again = await NodeProcess.StartAsync(folder, settings);
        Assert.InRange(await again.CountAsync(stranger), before / 2, before);
        await again.StopAsync();
    }

    private static Task NextSnapshotAsync(TemporaryFolder folder)
    {
        var snapshot = folder.File("data/ledger.snapshot");
        var last = File.GetLastWriteTimeUtc(snapshot);
        return Eventually.HoldsAsync("a snapshot", () => File.GetLastWriteTimeUtc(snapshot) > last);
    }
}
