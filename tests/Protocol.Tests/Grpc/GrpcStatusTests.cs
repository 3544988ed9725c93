using ThrottleNet.Protocol.Grpc;

namespace ThrottleNet.Protocol.Tests.Grpc;

public sealed class GrpcStatusTests
{
    [Theory]
    [InlineData("0", null, GrpcStatusCode.Ok, "")]
    [InlineData("16", "no%20%C3%A9", GrpcStatusCode.Unauthenticated, "no é")]
    [InlineData("17", "x", GrpcStatusCode.Unknown, "grpc-status 17: x")]
    [InlineData("-1", "x", GrpcStatusCode.Unknown, "grpc-status -1: x")]
    [InlineData("0,0", "x", GrpcStatusCode.Unknown, "grpc-status 0,0: x")]
    [InlineData("99999999999", "x", GrpcStatusCode.Unknown, "grpc-status 99999999999: x")]
    public void A_status_is_read_from_its_headers(string code, string? message, GrpcStatusCode expected, string text) =>
        Assert.Equal(new GrpcStatus(expected, text), GrpcStatus.Parse(code, message));

    [Theory]
    [InlineData(400, GrpcStatusCode.Internal)]
    [InlineData(401, GrpcStatusCode.Unauthenticated)]
    [InlineData(403, GrpcStatusCode.PermissionDenied)]
    [InlineData(404, GrpcStatusCode.Unimplemented)]
    [InlineData(429, GrpcStatusCode.Unavailable)]
    [InlineData(502, GrpcStatusCode.Unavailable)]
    [InlineData(503, GrpcStatusCode.Unavailable)]
    [InlineData(504, GrpcStatusCode.Unavailable)]
    [InlineData(500, GrpcStatusCode.Unknown)]
    [InlineData(302, GrpcStatusCode.Unknown)]
    public void An_http_status_stands_for_a_grpc_status(int http, GrpcStatusCode code) => Assert.Equal(code, GrpcStatus.FromHttp(http).Code);

    [Theory]
    [InlineData(0x0, GrpcStatusCode.Unavailable)]
    [InlineData(0x3, GrpcStatusCode.Internal)]
    [InlineData(0x7, GrpcStatusCode.Unavailable)]
    [InlineData(0x8, GrpcStatusCode.Cancelled)]
    [InlineData(0xb, GrpcStatusCode.ResourceExhausted)]
    [InlineData(0xc, GrpcStatusCode.PermissionDenied)]
    public void A_reset_stands_for_a_grpc_status(long error, GrpcStatusCode code) =>
        Assert.Equal(code, GrpcStatus.FromHttp2Error(error).Code);

    [Theory]
    [InlineData("application/grpc", true)]
    [InlineData("application/grpc+proto", true)]
    [InlineData("Application/GRPC; charset=utf-8", true)]
    [InlineData("application/grpc+json", false)]
    [InlineData("application/grpc-web", false)]
    [InlineData("application/grpcx", false)]
    [InlineData("text/html", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void A_content_type_is_grpc_or_not(string? contentType, bool grpc) => Assert.Equal(grpc, GrpcHeader.IsGrpc(contentType));
}
