using ThrottleNet.MxNode.Exchange;

namespace ThrottleNet.MxNode.Tests.Exchange;

public sealed class EpochFileTests : IDisposable
{
    private readonly TemporaryFolder _data = new();
    private readonly FakeTimeProvider _time = new();

    private ulong Now => (ulong)_time.GetUtcNow().ToUnixTimeSeconds();

    public void Dispose() => _data.Dispose();

    [Fact]
    public void Epochs_rise_at_every_start_and_are_at_least_the_time()
    {
        Assert.Equal(Now, File().Next());
        Assert.Equal(Now + 1, File().Next());
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(Now, File().Next());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("nonsense")]
    public void After_a_lost_or_damaged_file_the_epoch_is_above_all_earlier_ones(string? left)
    {
        var before = Enumerable.Range(0, 50).Select(_ => File().Next()).Max();
        System.IO.File.Delete(File().Path);
        if (left is not null)
        {
            System.IO.File.WriteAllText(File().Path, left);
        }

        _time.Advance(TimeSpan.FromMinutes(3));
        Assert.True(File().Next() > before);
    }

    [Fact]
    public void A_clock_that_is_set_back_lowers_no_epoch()
    {
        File().Store(Now + 1_000_000);
        Assert.Equal(Now + 1_000_001, File().Next());
    }

    private EpochFile File() => new(_data.File("exchange.epoch"), _time);
}
