using System.Net;

namespace ThrottleNet.MxNode.Relay;

/// <summary>The sessions with a next hop now.</summary>
/// <param name="EndPoint">Its address and port.</param>
/// <param name="InUse">Sessions that carry a transaction, parked ones included.</param>
/// <param name="Idle">Unused sessions that are kept open.</param>
/// <param name="Waiting">Transactions that wait for a session.</param>
/// <param name="Most">How many sessions it is given now.</param>
internal sealed record HopReport(IPEndPoint EndPoint, int InUse, int Idle, int Waiting, int Most);
