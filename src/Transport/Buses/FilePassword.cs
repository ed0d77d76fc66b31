using RabbitMQ.Client;

namespace EdgeFlora.Transport.Buses;

/// <summary>A user whose password is read from its file for each connection: it may change while the bus is at work.</summary>
internal sealed class FilePassword(string user, string file) : ICredentialsProvider
{
    public string Name => "file";

    public Task<Credentials> GetCredentialsAsync(CancellationToken cancellationToken = default) =>
        Task.FromResult(new Credentials(Name, user, BrokerSecrets.Password(file), validUntil: null));
}
