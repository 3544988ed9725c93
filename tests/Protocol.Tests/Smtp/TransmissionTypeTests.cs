using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.Protocol.Tests.Smtp;

public sealed class TransmissionTypeTests
{
    [Theory]
    [InlineData(false, false, false, "SMTP")]
    [InlineData(false, true, true, "SMTP")]
    [InlineData(true, false, false, "ESMTP")]
    [InlineData(true, true, false, "ESMTPS")]
    [InlineData(true, false, true, "UTF8SMTP")]
    [InlineData(true, true, true, "UTF8SMTPS")]
    public void The_protocol_has_the_registered_name(bool extended, bool tls, bool smtpUtf8, string name) =>
        Assert.Equal(name, TransmissionType.Name(extended, tls, smtpUtf8));
}
