using EdgeFlora.EdgeAgent.Data;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.EdgeAgent.Tests.Given;

namespace EdgeFlora.EdgeAgent.Tests.Data;

public sealed class LanguageDataTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(10, 0.2, 8, 2)]
    [InlineData(10, 0, 10, 0)]
    [InlineData(1, 0.2, 1, 0)] // one text is trained on, not measured
    [InlineData(2, 0.9, 1, 1)]
    public void A_fraction_of_the_rows_is_held_out(int rows, double fraction, int training, int heldOut)
    {
        PrivateData data = PrivateData.Load(Options(Rows("own.jsonl", rows)) with { HeldOutFraction = fraction });

        Assert.Equal((DataSetTask.LanguageModel, training, heldOut), (data.Task, data.Training, data.HeldOut));
    }

    [Fact]
    public void With_a_file_to_measure_on_all_rows_are_trained_on()
    {
        PrivateData data = PrivateData.Load(Options(Rows("own.jsonl", 5)) with { HeldOutFile = Rows("central.jsonl", 3) });

        Assert.Equal((5, 3), (data.Training, data.HeldOut));
    }

    [Fact]
    public void The_hash_tells_whether_texts_or_their_division_changed()
    {
        string own = Rows("own.jsonl", 10);
        string[] hashes =
        [
            PrivateData.Load(Options(own)).Sha256,
            PrivateData.Load(Options(own) with { HeldOutFraction = 0.4 }).Sha256,
            PrivateData.Load(Options(Rows("other.jsonl", 11))).Sha256,
        ];

        Assert.Equal(hashes[0], PrivateData.Load(Options(own)).Sha256);
        Assert.Equal(3, hashes.Distinct().Count());
    }

    [Fact]
    public void A_row_without_a_text_is_refused_with_its_line()
    {
        string file = folder.In("broken.jsonl");
        File.WriteAllLines(file, ["""{"text": "one"}""", """{"label": "good"}"""]);

        Assert.StartsWith(
            $"{file}:2: a row has \"text\", or \"prompt\" and \"completion\"",
            Assert.Throws<InvalidDataException>(() => PrivateData.Load(Options(file))).Message,
            StringComparison.Ordinal);
    }

    private string Rows(string name, int count)
    {
        File.WriteAllLines(folder.In(name), Enumerable.Range(0, count).Select(i => $$"""{"text": "text {{i}}"}"""));
        return folder.In(name);
    }

    private static DataSetOptions Options(string file) => new() { Task = DataSetTask.LanguageModel, Files = [file] };
}
