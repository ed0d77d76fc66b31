using System.Text.Json;
using EdgeFlora.Storage;
using EdgeFlora.Transport.Buses;

namespace EdgeFlora.EdgeAgent.Credentials;

/// <summary>
/// What an agent's enrolment left in its state folder: where its broker is, and as whom it is known there. Files that their owner alone can read.
/// </summary>
/// <param name="Agent">Its name.</param>
/// <param name="Broker">With the user, without the password.</param>
/// <param name="Service">URL of the service that enrolled it.</param>
/// <param name="Fingerprint">Of that service's certificate, if it was pinned.</param>
/// <param name="BrokerServerName">Name that the broker's certificate must bear; null: the address's host.</param>
internal sealed record StoredEnrolment(string Agent, string Broker, string Service, string? Fingerprint, string? BrokerServerName)
{
    /// <summary>PEM file with the certificate by which it proves itself; null: it has a password.</summary>
    public string? Certificate { get; init; }

    /// <summary>PEM file with the key of <see cref="Certificate"/>; null: in the same file.</summary>
    public string? Key { get; init; }

    private const string FileName = "enrolment.json";
    private const string PasswordName = "broker.password";
    private const string CaName = "broker-ca.pem";

    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>The file that is read.</summary>
    public static string FileIn(string stateFolder) => Path.Combine(stateFolder, FileName);

    /// <summary>The file with the password.</summary>
    public static string PasswordFileIn(string stateFolder) => Path.Combine(stateFolder, PasswordName);

    /// <summary>The file with the broker's authorities; not there: those that the system trusts.</summary>
    public static string CaFileIn(string stateFolder) => Path.Combine(stateFolder, CaName);

    /// <summary>The enrolment in a state folder; null: the agent is not enrolled.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public static StoredEnrolment? Read(string stateFolder)
    {
        string file = FileIn(stateFolder);
        if (!File.Exists(file))
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize<StoredEnrolment>(File.ReadAllBytes(file), Format) is { Agent: not null, Broker: not null } read
                ? read
                : throw new InvalidDataException($"'{file}' holds no enrolment; {Again(stateFolder)}");
        }
        catch (JsonException damaged)
        {
            throw new InvalidDataException($"'{file}' is damaged; {Again(stateFolder)}", damaged);
        }
    }

    /// <summary>The broker as enrolment left it in a state folder.</summary>
    public BrokerOptions BrokerIn(string stateFolder) => new()
    {
        Url = Broker,
        PasswordFile = Certificate is null ? PasswordFileIn(stateFolder) : null,
        ClientCertificate = Certificate,
        ClientKey = Key,
        Ca = File.Exists(CaFileIn(stateFolder)) ? CaFileIn(stateFolder) : null,
        ServerName = BrokerServerName,
        ConnectTimeout = TimeSpan.FromSeconds(10),
    };

    /// <summary>Keeps the enrolment; it counts once this returns.</summary>
    /// <param name="stateFolder">Open to its owner alone (<see cref="Journal.AgentStateFolder"/>).</param>
    /// <param name="password">Null: it proves itself by its certificate.</param>
    /// <param name="authorities">PEM; null: those that the system trusts.</param>
    public void Write(string stateFolder, string? password, string? authorities)
    {
        CredentialFiles.ForgetNext(stateFolder);
        if (password is null)
        {
            File.Delete(PasswordFileIn(stateFolder));
        }
        else
        {
            AtomicFile.Write(PasswordFileIn(stateFolder), stream => stream.Write(System.Text.Encoding.ASCII.GetBytes(password + "\n")));
        }

        if (authorities is null)
        {
            File.Delete(CaFileIn(stateFolder));
        }
        else
        {
            AtomicFile.Write(CaFileIn(stateFolder), stream => stream.Write(System.Text.Encoding.ASCII.GetBytes(authorities)));
        }

        AtomicFile.Write(FileIn(stateFolder), stream => JsonSerializer.Serialize(stream, this, Format));
    }

    private static string Again(string stateFolder) => $"enrol the agent again: edgeflora agent enroll URL --token TOKEN --state '{stateFolder}'";
}
