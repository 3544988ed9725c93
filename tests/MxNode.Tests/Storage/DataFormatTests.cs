using System.Net;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Guard;
using ThrottleNet.MxNode.Storage;

namespace ThrottleNet.MxNode.Tests.Storage;

/// <summary>The version of a data directory: files from before the first version are read, those of a newer program are refused.</summary>
public sealed class DataFormatTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _time = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_directory_from_before_the_first_version_is_read_and_marked()
    {
        // As written by programs without a version of the directory.
        _folder.Write("exchange.epoch", "4102444800\n");
        _folder.Write("guard.dropset", $"192.0.2.7 {_time.GetUtcNow().AddHours(1).ToUnixTimeSeconds()}\n2001:db8::7 {_time.GetUtcNow().AddHours(2).ToUnixTimeSeconds()}\n");
        using (DataDirectory.Open(_folder.Path))
        {
            Assert.Equal("throttlenet-data 1\n", File.ReadAllText(_folder.File("format")));
            Assert.Equal(4102444801ul, new EpochFile(_folder.File("exchange.epoch"), _time).Next());
            Assert.Equal([IPAddress.Parse("192.0.2.7"), IPAddress.Parse("2001:db8::7")], new DropFile(_folder.Path).Read().Select(host => host.Address));
        }

        using var again = DataDirectory.Open(_folder.Path);
        Assert.Equal("throttlenet-data 1\n", File.ReadAllText(_folder.File("format")));
    }

    [Theory]
    [InlineData("throttlenet-data 2\n", "was written by a newer program (format 2, this one reads up to 1); start that program, or name another folder")]
    [InlineData("throttlenet-data 99999999999\n", "does not hold \"throttlenet-data N\"")]
    [InlineData("", "does not hold \"throttlenet-data N\"")]
    public void A_directory_of_a_newer_program_is_refused_and_stays_as_it_is(string format, string fault)
    {
        _folder.Write("format", format);
        var refused = Assert.Throws<StartException>(() => DataDirectory.Open(_folder.Path));
        Assert.StartsWith("Node:DataDirectory: ", refused.Message, StringComparison.Ordinal);
        Assert.Contains(fault, refused.Message, StringComparison.Ordinal);
        Assert.Equal(format, File.ReadAllText(_folder.File("format")));
        Assert.Equal(refused.Message, Assert.Throws<StartException>(() => DataDirectory.ExpectUsable(_folder.Path)).Message);
    }
}
