using FsCheck;
using FsCheck.Fluent;
using ThrottleNet.Protocol.Authentication;

namespace ThrottleNet.Protocol.Tests.Authentication;

public sealed class DkimTagsTests
{
    [Fact]
    public void Tags_are_read_without_the_blanks_and_folds_in_their_values()
    {
        var tags = DkimTags.Read(" v=1; a = rsa-sha256;\r\n\td=alice.test ; b=ab\r\n cd == ;")!;
        Assert.Equal(4, tags.Count);
        Assert.Equal(("1", "rsa-sha256", "alice.test", "abcd=="), (tags["v"], tags["a"], tags["d"], tags["b"]));
    }

    [Theory]
    [InlineData("")]
    [InlineData(";;")]
    [InlineData("v")]
    [InlineData("=1")]
    [InlineData("v=1; v=2")]
    [InlineData("v v=1")]
    public void What_is_no_tag_list_gives_nothing(string text) => Assert.Null(DkimTags.Read(text));

    [Fact]
    public void A_list_of_too_many_tags_gives_nothing() => Assert.Null(DkimTags.Read(string.Join(';', Enumerable.Range(0, 100).Select(i => $"t{i}=1"))));

    [Fact]
    public void Any_text_is_read_without_an_exception() => Prop.ForAll<string>(text => DkimTags.Read(text ?? "") is null or { Count: > 0 }).QuickCheckThrowOnFailure();
}
