using ThrottleNet.Counting;

namespace ThrottleNet.MxNode.Throttle;

/// <summary>Checks the limits that an operator sets.</summary>
internal static class HostLimitsValidation
{
    public static IEnumerable<string> Validate(this BlockLimits limits, string section)
    {
        if (!BlockLimits.IsRate(limits.Hard))
        {
            yield return $"{section}:Hard: {limits.Hard} is no rate; set it to {BlockLimits.LeastRate} or more";
        }

        if (!BlockLimits.IsRate(limits.Soft))
        {
            yield return $"{section}:Soft: {limits.Soft} is no rate; set it between {BlockLimits.LeastRate} and Hard";
        }
        else if (limits.Soft > limits.Hard)
        {
            yield return $"{section}:Soft: {limits.Soft} is above Hard ({limits.Hard}); set it between {BlockLimits.LeastRate} and Hard";
        }

        if (!(limits.Day >= 24 * limits.Soft && float.IsFinite(limits.Day)))
        {
            yield return $"{section}:Day: {limits.Day} is under 24 hours at Soft ({24 * limits.Soft}); set it to that or more, or lower Soft";
        }
    }
}
