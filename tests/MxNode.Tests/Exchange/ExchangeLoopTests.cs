using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.DependencyInjection;
using ThrottleNet.MxNode.Exchange;
using Frame = ThrottleNet.Protocol.Exchange.Wire.Frame;

namespace ThrottleNet.MxNode.Tests.Exchange;

public sealed class ExchangeLoopTests : ExchangeTests
{
    [Fact]
    public async Task An_exception_in_a_question_reaches_its_caller_and_the_loop_goes_on()
    {
        await using var node = await StartAsync("a");
        var inputs = node.Services.GetRequiredService<ExchangeInputs>();
        var asked = inputs.AskAsync<int>((_, _) => throw new InvalidOperationException("a fault"), otherwise: 0);
        await Assert.ThrowsAsync<InvalidOperationException>(() => asked.WaitAsync(ExchangeNode.Patience));
        Assert.Equal(7, await inputs.AskAsync((_, _) => 7, otherwise: 0).WaitAsync(ExchangeNode.Patience));
        Assert.Contains(node.Log.Lines, l => l.Exception is InvalidOperationException { Message: "a fault" });
    }

    [Fact]
    public async Task A_link_is_read_no_further_than_the_frame_that_is_being_handled()
    {
        await using var node = await StartAsync("a");
        var inputs = node.Services.GetRequiredService<ExchangeInputs>();
        var carrier = node.Services.GetRequiredService<LinkCarrier>();
        using var certificate = X509CertificateLoader.LoadCertificateFromFile(Pki.Issue("b", "operator-b").Certificate);
        var (identity, member) = PeerAdmission.MemberOf(certificate)!.Value;
        using var link = new PeerLink(carrier.NextId(), identity, member, connectedTo: null, TimeProvider.System);
        using var busy = new ManualResetEventSlim();
        await inputs.PostAsync((_, _) => busy.Wait(ExchangeNode.Patience));
        var read = 0;
        var carried = carrier.CarryAsync(link, () => ValueTask.FromResult(read++ < 3 ? new Frame() : null), static (_, _) => Task.CompletedTask, static () => Task.CompletedTask);
        Assert.Equal(1, read); // everything that can run without waiting has run
        busy.Set();
        await carried.WaitAsync(ExchangeNode.Patience);
        Assert.Equal(4, read);
    }
}
