using ThrottleNet.Protocol.MtaSts;

namespace ThrottleNet.Protocol.Tests.MtaSts;

/// <summary>The TXT record of MTA-STS (RFC 8461, section 3.1).</summary>
public sealed class MtaStsRecordTests
{
    [Theory]
    [InlineData("v=STSv1; id=20160831085700Z;")]
    [InlineData("v=STSv1;id=20160831085700Z")]
    [InlineData("v=STSv1 ; id=20160831085700Z ; more=1")]
    [InlineData("v=STSv1; more=1; id=20160831085700Z; id=other")]
    public void The_id_is_read(string text) => Assert.Equal("20160831085700Z", MtaStsRecord.FindId([text]));

    [Theory]
    [InlineData("")]
    [InlineData("v=STSv1")]
    [InlineData("v=STSv1;")]
    [InlineData("v=STSv1; id=")]
    [InlineData("v=STSv1; id=with space")]
    [InlineData("v=STSv1; id=über")]
    [InlineData("v=STSv1; id=a\nb")]
    [InlineData("v=STSv1; id=123456789012345678901234567890123")]
    [InlineData("v=STSv2; id=1")]
    [InlineData("v=STSv11; id=1")]
    [InlineData("V=STSv1; id=1")]
    [InlineData(" v=STSv1; id=1")]
    [InlineData("id=1; v=STSv1")]
    [InlineData("v=spf1 -all")]
    public void An_invalid_record_is_none(string text) => Assert.Null(MtaStsRecord.FindId([text]));

    [Fact]
    public void Other_records_beside_it_do_not_count_and_a_second_one_makes_it_none()
    {
        Assert.Equal("1", MtaStsRecord.FindId(["v=spf1 -all", "v=STSv1; id=1", "v=STSv10; id=2"]));
        Assert.Null(MtaStsRecord.FindId(["v=STSv1; id=1", "v=STSv1; id=1"]));
        Assert.Null(MtaStsRecord.FindId(["v=STSv1; id=1", "v=STSv1; garbage"]));
        Assert.Null(MtaStsRecord.FindId([]));
    }
}
