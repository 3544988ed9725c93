namespace ThrottleNet.MxNode.Listening;

/// <summary>A feature that listens on TCP endpoints of its own; the names are those of the configuration's sections.</summary>
internal enum Listener
{
    Smtp,
    Guard,
    GuardHttp,
    Direct,
    Exchange,
    Admin,

    /// <summary>The admin API by gRPC, on <c>Admin:GrpcListen</c>.</summary>
    AdminGrpc,
    Help,

    /// <summary>DNS over TCP, on the endpoints of <c>Trust:DnsListen</c>.</summary>
    Dns,
}
