using EdgeFlora.Contracts.Tasks;
using EdgeFlora.EdgeAgent.Data;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.EdgeAgent.Tests.Given;

namespace EdgeFlora.EdgeAgent.Tests.Data;

public sealed class DataSetsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly DataSetOptions labelled;
    private readonly DataSetOptions texts;

    public DataSetsTests()
    {
        labelled = new DataSetOptions { Name = "tickets", Files = [Write("tickets.csv", "text,label", "good,good", "bad,bad")], HeldOutFraction = 0 };
        string file = Write("letters.jsonl", """{"text": "one two"}""");
        texts = new DataSetOptions { Name = "letters", Task = DataSetTask.LanguageModel, Files = [file] };
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void An_offer_gets_the_data_set_that_it_names_or_the_only_one_that_suits_it()
    {
        DataSets sets = Load(labelled, texts, labelled with { Name = "other" });

        Assert.Equal("other", sets.For(Offers.Bare() with { DataSet = "other" }).Name);
        Assert.Equal("letters", sets.For(Language).Name);
    }

    [Fact]
    public void What_is_not_there_or_not_clear_is_declined_with_the_names()
    {
        DataSets sets = Load(labelled, texts, labelled with { Name = "other" });

        Assert.Equal(
            "Several data sets of this agent suit the task: 'tickets' (classification), 'other' (classification). Name one of them in the run.",
            Declined(sets, Offers.Bare()));
        Assert.Equal(
            "The task is for the data set 'mail'; this agent has 'tickets' (classification), 'letters' (lm), 'other' (classification).", Declined(
                sets, Offers.Bare() with { DataSet = "mail" }));
        Assert.StartsWith(
            "The task is Classification, but this agent gives its data set 'letters' for LanguageModel only",
            Declined(sets, Offers.Bare() with { DataSet = "letters" }),
            StringComparison.Ordinal);
        Assert.StartsWith(
            "No data set of this agent suits Train of LanguageModel",
            Declined(Load(labelled, labelled with { Name = "other" }), Language),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Several_files_are_one_data_set_with_the_labels_of_all()
    {
        string more = Write("more.csv", "text,label", "ugly,ugly", "good,good");

        PrivateData set = PrivateData.Load(labelled with { Files = [.. labelled.Files, more] });

        Assert.Equal((4, 0), (set.Training, set.HeldOut));
        Assert.Equal(["bad", "good", "ugly"], set.Labels);
        Assert.NotEqual(PrivateData.Load(labelled).Sha256, set.Sha256);
        RowsHaveLabels([1, 0, 2, 1], set, ["bad", "good", "ugly"]);
    }

    [Fact]
    public void Columns_have_the_names_that_the_settings_say()
    {
        string file = Write("own.csv", "body,kind", "good,good");

        Assert.Equal(["good"], PrivateData.Load(labelled with { Files = [file], Columns = new() { Text = "body", Label = "kind" } }).Labels);
    }

    [Fact]
    public void A_label_that_the_settings_leave_out_and_a_row_that_is_no_pair_are_errors_with_file_and_line()
    {
        Assert.Contains(
            "tickets.csv:3: label \"bad\"",
            Assert.Throws<InvalidDataException>(() => PrivateData.Load(labelled with { Labels = ["good"] })).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "tickets.csv: the rows have no column \"text_pair\"",
            Assert.Throws<InvalidDataException>(() => PrivateData.Load(labelled with { Task = DataSetTask.Pairs })).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_running_text_is_a_data_set_of_its_own()
    {
        string book = Write("book.txt", "one two three");

        Assert.Contains(
            "A running text",
            Assert.Throws<InvalidDataException>(() => PrivateData.Load(texts with { Files = [.. texts.Files, book] })).Message,
            StringComparison.Ordinal);
    }

    private static TaskOffer Language => Offers.Bare() with { Task = LearningTask.LanguageModel, Labels = [] };

    private static void RowsHaveLabels(int[] expected, PrivateData set, string[] labels)
    {
        using var model = new TemporaryFolder();
        var task = set.For(Offers.Bare() with { Labels = labels }, TinyModel.Load(model.In("model")), 8);
        Assert.Equal(expected, task.Rows(TinyModel.Load(model.In("model")), 8).Training.Select(row => row.Label!.Value));
    }

    private static string Declined(DataSets sets, TaskOffer offer)
    {
        DeclinedException refusal = Assert.Throws<DeclinedException>(() => sets.For(offer));
        Assert.Equal(DeclineReason.NoData, refusal.Reason);
        return refusal.Message;
    }

    private string Write(string name, params string[] lines)
    {
        File.WriteAllLines(folder.In(name), lines);
        return folder.In(name);
    }

    private DataSets Load(params DataSetOptions[] sets) =>
        DataSets.Load(new AgentOptions { Name = "a", Models = [ModelOptions.Of(folder.Path)], Data = sets, StateFolder = folder.In("state") });
}
