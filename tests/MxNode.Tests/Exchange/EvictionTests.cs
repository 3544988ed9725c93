using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Pki;
using ThrottleNet.Protocol.Batches;
using ThrottleNet.Protocol.Exchange;
using Wire = ThrottleNet.Protocol.Exchange.Wire;

namespace ThrottleNet.MxNode.Tests.Exchange;

public sealed class EvictionTests : ExchangeTests
{
    private const int Evicted = 4021;
    private const int StaysEvicted = 4025;
    private const int Unusable = 4026;

    [Fact]
    public async Task An_evicted_node_stays_evicted_after_restarts_and_new_nodes_get_the_proof()
    {
        var liar = Pki.Issue("liar", "operator-liar");
        await using (var a = await StartAsync("a"))
        {
            await using (var link = await PuppetLink.OpenAsync(a, liar))
            {
                await link.WriteAsync(FrameWriter.Write(link.Hello()));
                await link.WriteAsync(FrameWriter.Write(new DeliveryFrame(link.Batch(seq: 1, quarters: 4), Repair: false, Age: 0)));
                await link.WriteAsync(FrameWriter.Write(new DeliveryFrame(link.Batch(seq: 1, quarters: 8), Repair: false, Age: 0)));
                await a.Log.LineAsync(Evicted, link.Origin.ToString());
            }

            await a.StopAsync();
        }

        await using var again = await StartAsync("a");
        await using var back = await PuppetLink.OpenAsync(again, liar);
        Assert.Equal(Wire.Goodbye.Types.Reason.Evicted, back.First.Goodbye?.Reason);
        Assert.Contains(again.Log.Lines, l => l.Event == StaysEvicted && l.Message.Contains("operator-liar", StringComparison.Ordinal));
        await using var newcomer = await StartAsync("b", again.Address);
        await newcomer.Log.LineAsync(Evicted, back.Origin.ToString());
    }

    [Fact]
    public void Stored_proofs_are_read_back_up_to_their_maximum()
    {
        var file = File();
        Assert.Empty(file.Read());
        var liars = Enumerable.Range(0, 3).Select(i => Lie($"liar{i}")).ToList();
        foreach (var (member, proof) in liars)
        {
            file.Add(member, proof);
        }

        var read = File().Read();
        Assert.Equal(liars.Select(l => l.Member.Origin), read.Select(r => r.Member.Origin));
        Assert.All(read, r => Assert.True(r.Proof.Holds(r.Member.Verify)));

        var full = File();
        full.Read();
        for (var i = 0; i < ExchangeLimits.Proofs; i++)
        {
            full.Add(liars[0].Member, liars[0].Proof);
        }

        Assert.Equal(ExchangeLimits.Proofs, File().Read().Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(40)]
    [InlineData(700)]
    public void A_damaged_file_is_logged_and_evicts_no_node(int length)
    {
        var file = File();
        var (member, proof) = Lie("liar");
        file.Add(member, proof);
        System.IO.File.WriteAllBytes(file.Path, System.IO.File.ReadAllBytes(file.Path)[..length]);
        var log = new CapturedLog();
        Assert.Empty(File(log).Read());
        Assert.Contains(log.Lines, l => l.Event == Unusable);
    }

    /// <summary>Written by a program of format 1 for the node liar of operator-liar.</summary>
    [Fact]
    public void A_file_of_format_1_is_read_and_written_again_with_the_same_octets()
    {
        var golden = Path.Combine(AppContext.BaseDirectory, "Storage", "Version1", "exchange.evicted");
        Directory.CreateDirectory(Path.GetDirectoryName(Data("evicted"))!);
        System.IO.File.Copy(golden, Data("evicted"));
        var file = File();
        var (member, proof) = Assert.Single(file.Read());
        Assert.Equal("operator-liar", member.Operator);
        Assert.True(proof.Holds(member.Verify));
        System.IO.File.Delete(file.Path);
        var again = File();
        again.Add(member, proof);
        Assert.Equal(System.IO.File.ReadAllBytes(golden), System.IO.File.ReadAllBytes(again.Path));
    }

    private (Member Member, EquivocationProof Proof) Lie(string name)
    {
        var (pem, key) = Pki.Issue(name, "operator-" + name);
        using var certificate = X509CertificateLoader.LoadCertificateFromFile(pem);
        using var secret = PemFiles.ReadKey(key);
        var member = PeerAdmission.MemberOf(certificate)!.Value.Member;
        Batch Say(uint quarters) => PuppetLink.Sign(secret, member.Origin, seq: 1, quarters);
        return (member, new EquivocationProof(Say(4), Say(8)));
    }

    private EvictionFile File(CapturedLog? log = null) => new(
        Data("evicted"),
        new ExchangeLog(log is null ? NullLogger<ExchangeLog>.Instance : LoggerFactory.Create(logging => logging.AddProvider(log)).CreateLogger<ExchangeLog>()));
}
