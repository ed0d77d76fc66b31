using System.Data.Common;
using System.Globalization;
using Dapper;
using Microsoft.Data.Sqlite;
using Npgsql;
using NpgsqlTypes;

namespace EdgeFlora.Coordinator.Store.Postgres;

/// <summary>Copies the rows of a file of SQLite into the tables of the same names in PostgreSQL, and counts them there.</summary>
/// <param name="transaction">Of <paramref name="copy"/>.</param>
internal sealed class StateTables(SqliteConnection source, NpgsqlConnection copy, DbTransaction transaction)
{
    /// <exception cref="StateFolderException">Not all rows of a table arrived.</exception>
    public (int Tables, long Rows) Copy()
    {
        string[] tables = [.. source.Query<string>("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")];
        long rows = 0;
        foreach (string table in tables)
        {
            Copy(table);
            rows += Counted(table);
        }

        return (tables.Length, rows);
    }

    private void Copy(string table)
    {
        (string Name, string Type, string Identity)[] columns =
        [
            .. copy.Query<(string, string, string)>(
                """
                SELECT column_name, data_type, is_identity FROM information_schema.columns
                WHERE table_schema = current_schema() AND table_name = @table ORDER BY ordinal_position
                """,
                new { table },
                transaction),
        ];
        string names = string.Join(", ", columns.Select(column => column.Name));
        using (SqliteCommand command = source.CreateCommand())
        {
#pragma warning disable CA2100 // Names of our own tables.
            command.CommandText = $"SELECT {names} FROM {table}";
#pragma warning restore CA2100
            using SqliteDataReader rows = command.ExecuteReader();
            using NpgsqlBinaryImporter target = copy.BeginBinaryImport($"COPY {table}({names}) FROM STDIN (FORMAT BINARY)");
            while (rows.Read())
            {
                target.StartRow();
                for (int i = 0; i < columns.Length; i++)
                {
                    Write(target, rows, i, columns[i].Type);
                }
            }

            target.Complete();
        }

        foreach ((string name, _, _) in columns.Where(column => column.Identity == "YES"))
        {
            GoOnCounting(table, name);
        }
    }

    private static void Write(NpgsqlBinaryImporter target, SqliteDataReader rows, int column, string type)
    {
        if (rows.IsDBNull(column))
        {
            target.WriteNull();
            return;
        }

        switch (type)
        {
            case "bigint":
                target.Write(rows.GetInt64(column), NpgsqlDbType.Bigint);
                break;
            case "boolean":
                target.Write(rows.GetInt64(column) != 0, NpgsqlDbType.Boolean);
                break;
            case "double precision":
                target.Write(rows.GetDouble(column), NpgsqlDbType.Double);
                break;
            case "bytea":
                target.Write((byte[])rows.GetValue(column), NpgsqlDbType.Bytea);
                break;
            case "text":
                target.Write(StoredText.Of(rows.GetString(column))!, NpgsqlDbType.Text);
                break;
            default:
                throw new InvalidOperationException($"Columns of type {type} are not copied yet.");
        }
    }

    /// <summary>Numbers of deleted rows are given to no other row, as before: readers of events go on from the last that they saw.</summary>
    private void GoOnCounting(string table, string column)
    {
        long last = Math.Max(
            source.ExecuteScalar<long?>("SELECT seq FROM sqlite_sequence WHERE name = @table", new { table }) ?? 0,
            source.ExecuteScalar<long?>($"SELECT MAX({column}) FROM {table}") ?? 0);
        if (last > 0)
        {
            copy.Execute("SELECT setval(pg_get_serial_sequence(@table, @column), @last)", new { table, column, last }, transaction);
        }
    }

    private long Counted(string table)
    {
        long there = source.ExecuteScalar<long>($"SELECT COUNT(*) FROM {table}");
        long here = copy.ExecuteScalar<long>($"SELECT COUNT(*) FROM {table}", transaction: transaction);
        return there == here
            ? there
            : throw new StateFolderException(string.Create(
                CultureInfo.InvariantCulture, $"Of {there} rows of table {table}, {here} arrived; nothing was copied."));
    }
}
