using System.Globalization;
using Microsoft.AspNetCore.Http.Features;
using ThrottleNet.Protocol.Grpc;

namespace ThrottleNet.MxNode.Grpc;

/// <summary>The headers that every answer begins with, and the status that ends it.</summary>
internal static class GrpcResponse
{
    public static void Begin(HttpResponse response)
    {
        response.ContentType = GrpcHeader.ContentType;
        response.Headers[GrpcHeader.AcceptEncoding] = GrpcHeader.Accepted;
    }

    /// <summary>Sets the status in the trailers, or in the headers of an answer that has nothing else ("Trailers-Only").</summary>
    public static void End(HttpResponse response, GrpcStatus status)
    {
        var trailers = response.HttpContext.Features.GetRequiredFeature<IHttpResponseTrailersFeature>().Trailers;
        var place = response.HasStarted || trailers.Count > 0 ? trailers : response.Headers;
        place[GrpcHeader.Status] = ((int)status.Code).ToString(CultureInfo.InvariantCulture);
        if (status.Message.Length > 0)
        {
            place[GrpcHeader.Message] = PercentText.Encode(status.Message);
        }
    }
}
