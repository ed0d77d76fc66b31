using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.EdgeAgent.Credentials;
using EdgeFlora.EdgeAgent.Journal;
using EdgeFlora.EdgeAgent.Tests.Given;
using EdgeFlora.Transport.Buses;
using EdgeFlora.Transport.Users;
using Microsoft.Extensions.Time.Testing;

namespace EdgeFlora.EdgeAgent.Tests.Credentials;

/// <summary>An enrolled agent's state folder, and a broker and a service that know its password by the hash.</summary>
internal sealed class BrokerSketch : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private string hash;

    public BrokerSketch()
    {
        using (AgentStateFolder.Open(State, "pump-1"))
        {
            new StoredEnrolment("pump-1", "amqps://edgeflora-agent-pump-1@broker.example/", "https://service", null, null)
                .Write(State, "first", authorities: null);
        }

        File.SetLastWriteTimeUtc(StoredEnrolment.PasswordFileIn(State), Time.GetUtcNow().UtcDateTime);
        hash = PasswordHash.Of("first");
    }

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 6, 1, 0, 0, 0, TimeSpan.Zero));

    public string State => folder.In("state");

    public CredentialFiles Files => new(State, Time);

    /// <summary>Whether the broker can't be asked.</summary>
    public bool IsDown { get; set; }

    /// <summary>Why the service changes nothing; null: it does.</summary>
    public string? Refusal { get; set; }

    /// <summary>What the service was asked for.</summary>
    public List<string> Asked { get; } = [];

    public string Password => File.ReadAllText(StoredEnrolment.PasswordFileIn(State)).Trim();

    /// <summary>Whether the password in the agent's file is the one that counts.</summary>
    public bool Counts => Accepts(StoredEnrolment.PasswordFileIn(State));

    public CredentialRotation Rotation(Action<string>? failpoint = null) =>
        new(Files, LogInAsync) { Failpoint = failpoint ?? (static _ => { }) };

    public Task<bool> LogInAsync(string file, CancellationToken stop) =>
        IsDown ? Task.FromException<bool>(new BrokerUnreachableException("it is down")) : Task.FromResult(Accepts(file));

    /// <summary>The service takes a hash to the broker and answers.</summary>
    public Task<CredentialAnswer?> AnswerAsync(string asked, CancellationToken stop)
    {
        Asked.Add(asked);
        hash = Refusal is null ? asked : hash;
        return Task.FromResult<CredentialAnswer?>(Answer(asked, Refusal));
    }

    public static CredentialAnswer Answer(string asked, string? refusal = null) => new()
    {
        Header = new MessageHeader { V = 6, MessageId = Guid.NewGuid(), AgentId = "pump-1", BootId = Guid.NewGuid(), Seq = 1 },
        PasswordHash = asked,
        Refusal = refusal,
    };

    public void Dispose() => folder.Dispose();

    private bool Accepts(string file) =>
        PasswordHash.Of(File.ReadLines(file).First(), Convert.FromBase64String(hash).AsSpan(0, 4)) == hash;
}
