using EdgeFlora.Contracts;
using EdgeFlora.Transport.Buses;

namespace EdgeFlora.Coordinator.Tests.Given;

/// <summary>Sends until it is through, as agents do.</summary>
/// <param name="again">Pause before what failed is begun again.</param>
internal sealed class PersistentCourier(Courier courier, TimeSpan again, CancellationToken stop)
{
    /// <summary>
    /// A coordinator that dies takes what it was just told with it, and a broker that is busy or away confirms nothing: whatever is sent is begun
    /// again until it is through.
    /// </summary>
    public async Task UntilHeardAsync(Func<Task> send)
    {
        while (true)
        {
            try
            {
                await send();
                return;
            }
            catch (Exception away) when (away is TimeoutException || BrokerAnswers.IsOutage(away))
            {
                await Task.Delay(again, stop);
            }
        }
    }

    public Task SendAsync<T>(string queue, T message, MessageHeader header)
        where T : class => UntilHeardAsync(() => courier.SendAsync(queue, message, header, timeToLive: null, stop));
}
