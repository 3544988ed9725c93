using System.Net;
using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.MxNode.Relay;

/// <summary>One of the places for sessions in use with a next hop, and whose it is.</summary>
/// <param name="EndPoint">The next hop.</param>
/// <param name="Host">The client's host block.</param>
/// <param name="IsTrusted">The client is trusted.</param>
internal sealed record HopPlace(IPEndPoint EndPoint, IpBlock Host, bool IsTrusted);
