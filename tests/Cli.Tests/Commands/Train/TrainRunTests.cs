using System.CommandLine;
using System.Text.Json;
using EdgeFlora.Adapters.Peft;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Cli.Commands.Train;

namespace EdgeFlora.Cli.Tests.Commands.Train;

public sealed class TrainRunTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("edgeflora-train-run-").FullName;
    private readonly string data;

    public TrainRunTests() => data = TrainData.Write(root);

    private string Adapter => Path.Combine(root, "stopped");

    private string Checkpoint => Adapter + ".checkpoint";

    [Theory]
    [InlineData("adamw")]
    [InlineData("sgd")]
    public void A_stopped_training_leaves_a_checkpoint_and_ends_with_the_bits_of_an_unstopped_one(string optimiser)
    {
        string whole = Path.Combine(root, "whole");
        Run(TrainData.Command(data, whole, "--optimiser", optimiser, "--json", whole + ".json"));

        string lines = StopAt(3, "--optimiser", optimiser);
        bool written = Directory.Exists(Adapter);
        Run(TrainData.Command(data, Adapter, "--optimiser", optimiser, "--json", Adapter + ".json", "--resume"));

        Assert.Contains($"stopped at step 3 of 6; the same command with --resume goes on from {Checkpoint}", lines, StringComparison.Ordinal);
        Assert.False(written);
        Assert.Equal(Bytes(whole), Bytes(Adapter));
        Assert.Equal(Losses(whole + ".json"), Losses(Adapter + ".json"));
        Assert.False(File.Exists(Checkpoint));
    }

    [Fact]
    public void An_unfinished_training_is_not_overwritten_by_a_new_one()
    {
        StopAt(3);
        byte[] before = File.ReadAllBytes(Checkpoint);

        InputException refusal = Assert.Throws<InputException>(() => Run(TrainData.Command(data, Adapter)));

        Assert.Contains("is left of a stopped training; go on from it with --resume", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(Checkpoint));
    }

    [Theory]
    [InlineData("--weight-decay", "0.1")] // another plan
    [InlineData("--alpha", "8")] // the same plan and tensors, but they would mean something else
    [InlineData("--rank", "2")] // other tensors
    public void A_checkpoint_of_another_training_is_refused_and_kept(string option, string value)
    {
        StopAt(3);

        InputException refusal = Assert.Throws<InputException>(() => Run(TrainData.Command(data, Adapter, "--resume", option, value)));

        Assert.Contains("belongs to another task", refusal.Message, StringComparison.Ordinal);
        Assert.True(File.Exists(Checkpoint));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(20)]
    [InlineData(-40)]
    public void A_checkpoint_with_a_flipped_bit_or_cut_short_is_refused(int place)
    {
        StopAt(3);
        byte[] content = File.ReadAllBytes(Checkpoint);
        content[place < 0 ? content.Length + place : place] ^= 1;
        File.WriteAllBytes(Checkpoint, content);

        Assert.Throws<InputException>(() => Run(TrainData.Command(data, Adapter, "--resume")));

        File.WriteAllBytes(Checkpoint, content[..(content.Length / 2)]);
        Assert.Throws<InputException>(() => Run(TrainData.Command(data, Adapter, "--resume")));
        Assert.False(Directory.Exists(Adapter));
    }

    public void Dispose() => Directory.Delete(root, recursive: true);

    /// <summary>Stops the training when it reports a step; returns its lines.</summary>
    private string StopAt(int step, params string[] more)
    {
        using var stop = new CancellationTokenSource();
        using var lines = new StoppingWriter($"training {step}/", stop);
        Run(TrainData.Command(data, Adapter, more), lines, stop.Token);
        return lines.ToString();
    }

    private static void Run(string[] command) => Run(command, TextWriter.Null, TestContext.Current.CancellationToken);

    private static void Run(string[] command, TextWriter lines, CancellationToken stop)
    {
        var train = new TrainCommand();
        ParseResult parsed = new RootCommand { train }.Parse(command);
        Assert.Empty(parsed.Errors);
        new TrainRun(train.Settings(parsed), lines).Run(stop);
    }

    private static byte[] Bytes(string adapter) => File.ReadAllBytes(Path.Combine(adapter, PeftFolder.TensorsName));

    private static string Losses(string json)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(json));
        return document.RootElement.GetProperty("losses").GetRawText();
    }

    private sealed class StoppingWriter(string line, CancellationTokenSource stop) : StringWriter
    {
        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            if (value?.StartsWith(line, StringComparison.Ordinal) == true)
            {
                stop.Cancel();
            }
        }
    }
}
