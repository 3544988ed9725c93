using ThrottleNet.MxNode.Storage;

namespace ThrottleNet.MxNode.Tests.Storage;

/// <summary>Files are looked at beside the threads that serve; a stalled disk keeps none of them.</summary>
public sealed class DiskLookTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void A_look_is_made_once_an_interval_and_seen_by_the_first_caller()
    {
        var looks = 0;
        var look = new DiskLook(TimeSpan.FromSeconds(5), _time, () => looks++);
        look.IfDue(toTheEnd: true);
        look.IfDue();
        Assert.Equal(1, looks);
        _time.Advance(TimeSpan.FromSeconds(5));
        look.IfDue(toTheEnd: true);
        Assert.Equal(2, looks);
    }

    [Fact]
    public void While_the_disk_stalls_nobody_waits_and_no_second_look_begins()
    {
        var looks = 0;
        using var disk = new ManualResetEventSlim();
        var look = new DiskLook(TimeSpan.FromSeconds(5), _time, () =>
        {
            Interlocked.Increment(ref looks);
            disk.Wait();
        });
        for (var i = 0; i < 100; i++)
        {
            look.IfDue(); // it would never return if it waited for the disk
            _time.Advance(TimeSpan.FromSeconds(5));
        }

        Assert.Equal(1, Volatile.Read(ref looks));
        disk.Set();
        look.IfDue(toTheEnd: true);
        look.IfDue(toTheEnd: true);
        Assert.InRange(Volatile.Read(ref looks), 1, 2);
    }
}
