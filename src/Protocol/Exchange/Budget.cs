namespace ThrottleNet.Protocol.Exchange;

/// <summary>A token bucket.</summary>
/// <param name="rate">Tokens added each second.</param>
/// <param name="burst">The most tokens.</param>
internal struct Budget(double rate, double burst)
{
    private double _spent;
    private long _at = long.MinValue;

    /// <summary>Spends tokens; false, without spending, when there are not enough.</summary>
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

    /// <summary>Spends tokens; the balance may become negative.</summary>
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
