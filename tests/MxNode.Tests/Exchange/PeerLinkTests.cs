using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.Protocol.Exchange;
using Frame = ThrottleNet.Protocol.Exchange.Wire.Frame;
using Wire = ThrottleNet.Protocol.Exchange.Wire;

namespace ThrottleNet.MxNode.Tests.Exchange;

public sealed class PeerLinkTests : ExchangeTests
{
    [Fact]
    public async Task Frames_that_wait_together_leave_together_and_the_last_one_is_never_kept_back()
    {
        using var link = NewLink();
        link.TrySend(new Frame(), 1);
        link.TrySend(new Frame(), 1);
        var written = new List<bool>();
        var second = new TaskCompletionSource();
        var running = RunAsync(link, written, () => second.TrySetResult());
        await second.Task.WaitAsync(ExchangeNode.Patience);
        Assert.Equal([true, false], written);
        link.TrySend(new Frame(), 1);
        link.Close();
        await running.WaitAsync(ExchangeNode.Patience);
        Assert.Equal([true, false, false], written);
    }

    [Fact]
    public async Task No_more_than_64_KiB_are_kept_back_for_the_frames_that_follow()
    {
        const int size = 30 * 1024;
        using var link = NewLink();
        for (var i = 0; i < 7; i++)
        {
            link.TrySend(new Frame { Credential = new Wire.Credential { Certificate = ByteString.CopyFrom(new byte[size]) } }, size);
        }

        link.Close();
        var written = new List<bool>();
        await RunAsync(link, written, static () => { }).WaitAsync(ExchangeNode.Patience);
        Assert.Equal([true, true, false, true, true, false, false], written);
    }

    // Until its frames have left: the peer sends nothing.
    private static async Task RunAsync(PeerLink link, List<bool> written, Action afterTwo)
    {
        var end = new TaskCompletionSource<Frame?>(TaskCreationOptions.RunContinuationsAsynchronously);
        Assert.Null(await link.RunAsync(
            () => new ValueTask<Frame?>(end.Task),
            (_, follows) =>
            {
                written.Add(follows);
                if (written.Count == 2)
                {
                    afterTwo();
                }

                return Task.CompletedTask;
            },
            () =>
            {
                end.SetResult(null);
                return Task.CompletedTask;
            },
            static (_, _) => ValueTask.CompletedTask));
    }

    private PeerLink NewLink()
    {
        using var certificate = X509CertificateLoader.LoadCertificateFromFile(Pki.Issue("b", "operator-b").Certificate);
        var (identity, member) = PeerAdmission.MemberOf(certificate)!.Value;
        return new PeerLink(new LinkId(1), identity, member, connectedTo: null, TimeProvider.System);
    }
}
