using Microsoft.Extensions.Logging;

namespace ThrottleNet.TestKit;

/// <summary>A line of a node's log.</summary>
/// <param name="Event">The event's id.</param>
/// <param name="Message">The text, without the exception.</param>
internal sealed record CapturedLine(LogLevel Level, int Event, string Message, Exception? Exception);
