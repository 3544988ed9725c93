using Microsoft.Extensions.DependencyInjection;
using ThrottleNet.MxNode.Exchange;

namespace ThrottleNet.MxNode.Tests.Exchange;

public sealed class ExchangeLoopTests : IDisposable
{
    private readonly TestPki _pki = new();
    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("throttlenet-");

    public void Dispose()
    {
        _pki.Dispose();
        _data.Delete(recursive: true);
    }

    [Fact]
    public async Task A_question_that_throws_throws_for_whoever_asked_and_the_loop_goes_on()
    {
        await using var node = await ExchangeNode.StartAsync(_pki, "a", "operator-a", Path.Combine(_data.FullName, "a"), []);
        var loop = node.Services.GetRequiredService<ExchangeLoop>();
        var asked = loop.AskAsync<int>((_, _) => throw new InvalidOperationException("a fault"), otherwise: 0);
        await Assert.ThrowsAsync<InvalidOperationException>(() => asked.WaitAsync(ExchangeNode.Patience));
        Assert.Equal(7, await loop.AskAsync((_, _) => 7, otherwise: 0).WaitAsync(ExchangeNode.Patience));
        Assert.Contains(node.Log.Lines, l => l.Message.Contains("a fault", StringComparison.Ordinal));
    }
}
