using System.Globalization;

namespace ThrottleNet.MxNode.Simulate.Floods;

/// <summary>What passed of a flood.</summary>
/// <param name="Scenario">The flood.</param>
/// <param name="Retries">The server by whose schedule the senders tried again; null: none.</param>
/// <param name="FirstHour">Messages that passed in the first hour.</param>
/// <param name="FirstHourAim">Its aim; null: not bounded.</param>
/// <param name="Later">Messages an hour that passed later on.</param>
/// <param name="LaterAim">Its aim; null: not bounded.</param>
internal sealed record FloodResult(FloodScenario Scenario, string? Retries, double FirstHour, double? FirstHourAim, double Later, double? LaterAim)
{
    /// <summary>Whether no more passed than <see cref="FloodScenario.Margin"/> times each aim.</summary>
    public bool AsPromised => !(FirstHour > FirstHourAim * FloodScenario.Margin) && !(Later > LaterAim * FloodScenario.Margin);

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Scenario.Name}, retries: {Retries ?? "none"}: {FirstHour} in the first hour (aim {FirstHourAim}), {Later:0} an hour later on (aim {LaterAim})");
}
