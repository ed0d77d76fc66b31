using System.Text;
using EdgeFlora.Testing;

namespace EdgeFlora.Containers.Tests.Given;

/// <summary>Python with PyTorch as this machine has it, for containers whose images hold neither: they see its programs and libraries.</summary>
internal static class PythonSystem
{
    private const string Settings = "/etc/edgeflora/agent.yaml";
    private const string Trainer = "/opt/trainer/trainer.py";

    /// <summary>
    /// Skips the calling test where the system's Python has no torch; fails it where <c>CI</c> is set, for there nobody would notice.
    /// </summary>
    public static void Require()
    {
        if (!Directory.Exists("/usr/lib/python3/dist-packages/torch"))
        {
            const string Absent = "the system's Python has no torch; on Debian: apt-get install python3-torch";
            Assert.SkipUnless(Environment.GetEnvironmentVariable("CI") is { Length: > 0 }, Absent);
            Assert.Fail(Absent);
        }
    }

    /// <summary>Makes an agent one of <c>engine: command</c> with <c>samples/trainer-pytorch</c>.</summary>
    public static void Train(AgentSetup agent)
    {
        agent.Arguments = ["--config", Settings];
        agent.Files = new Dictionary<string, byte[]>
        {
            [Settings] = Encoding.UTF8.GetBytes($"engine: command\ntrainer: {{command: [/usr/bin/python3, {Trainer}]}}\n"),
            [Trainer] = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "samples", "trainer-pytorch", "trainer.py")),
        };

        // What the libraries are called by stands in a folder of links of its own.
        agent.Mounts = new Dictionary<string, string> { ["/usr"] = "/usr", ["/etc/alternatives"] = "/etc/alternatives" };
    }
}
