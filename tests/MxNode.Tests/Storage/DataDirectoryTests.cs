using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Storage;

namespace ThrottleNet.MxNode.Tests.Storage;

public sealed class DataDirectoryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_second_node_on_one_directory_is_refused_even_when_the_lock_file_was_deleted(bool deleted)
    {
        using (DataDirectory.Open(_folder.Path))
        {
            if (deleted)
            {
                File.Delete(_folder.File("node.lock"));
            }

            var error = Assert.Throws<StartException>(() => DataDirectory.Open(_folder.Path));
            Assert.Contains("stop the other node", error.Message, StringComparison.Ordinal);
        }

        DataDirectory.Open(_folder.Path).Dispose(); // the first node has ended
    }

    [Fact]
    public void A_link_to_the_directory_is_the_same_directory()
    {
        using var other = new TemporaryFolder();
        Directory.CreateSymbolicLink(other.File("link"), _folder.Path);
        using var held = DataDirectory.Open(_folder.Path);
        File.Delete(_folder.File("node.lock"));
        Assert.Throws<StartException>(() => DataDirectory.Open(other.File("link")));
    }
}
