namespace EdgeFlora.Transport.Buses;

/// <summary>As whom a service sends, where the broker shall prove it to those who read.</summary>
/// <param name="Name">The broker's user of our connection.</param>
/// <param name="Exchange">
/// The one exchange to which all is sent, with the queue's name as routing key; null: each message goes to the exchange of its queue.
/// </param>
public sealed record SendingUser(string Name, string? Exchange = null);
