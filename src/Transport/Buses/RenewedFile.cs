namespace EdgeFlora.Transport.Buses;

/// <summary>
/// What a file says whenever it is asked: certificates are renewed while the bus is at work. Where it cannot be used just now, what it said last
/// stands. Thread-safe.
/// </summary>
/// <param name="read">Reads it; also called by the constructor, which throws what it throws.</param>
/// <param name="unusable">Told why it cannot be used just now.</param>
internal sealed class RenewedFile<T>(Func<T> read, Action<string>? unusable = null)
    where T : class
{
    private readonly Lock gate = new();
    private T latest = read();

    public T Current
    {
        get
        {
            lock (gate)
            {
                try
                {
                    latest = read();
                }
                catch (Exception failure) when (BrokerSecrets.IsUnusable(failure))
                {
                    unusable?.Invoke(failure.Message.TrimEnd('.'));
                }

                return latest;
            }
        }
    }
}
