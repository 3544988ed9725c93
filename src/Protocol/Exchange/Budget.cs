namespace ThrottleNet.Protocol.Exchange;

/// <summary>A token bucket.</summary>
/// <param name="rate">Tokens a second, over time.</param>
/// <param name="burst">Tokens at once.</param>
internal struct Budget(double rate, double burst)
{
    private double _spent;
    private long _at = long.MinValue;

    /// <summary>False, and nothing spent, when there is not enough left.</summary>
    public bool TrySpend(long now, double amount)
    {
        Refill(now);
        if (_spent + amount > burst)
            return false;
        _spent += amount;
        return true;
    }

    public bool HasLeft(long now)
    {
        Refill(now);
        return _spent < burst;
    }

    /// <summary>Spends, into debt if need be.</summary>
    public void Spend(long now, double amount)
    {
        Refill(now);
        _spent += amount;
    }

    private void Refill(long now)
    {
        if (_at != long.MinValue && now > _at)
            _spent = Math.Max(0, _spent - ((now - _at) * rate / 1000));
        _at = now;
    }
}
