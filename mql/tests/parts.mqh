//--- One word of the parts' test and what it gives.
#ifndef LOCKSTEP_PARTS_MQH
#define LOCKSTEP_PARTS_MQH

// Reads a line and writes it again, strings and integers told apart by the original's own form.
string Reread(const string line)
  {
   LsFields f;
   if(!LsParse(line, f))
      return "refused";
   string out = "";
   for(int i=0; i<f.count; i++)
      out += (i>0 ? "\t" : "")+f.names[i]+"\t"+LsEscaped(f.values[i]);
   return out;
  }

string HmacOfHex(const string keyHex, const string dataHex)
  {
   uchar key[], data[], mac[];
   LsFromHex(keyHex, key);
   LsFromHex(dataHex, data);
   LsHmac(key, data, mac);
   return LsHex(mac);
  }

// `\n` in an argument stands for a line's end.
string Unfolded(const string folded)
  {
   string text = folded;
   StringReplace(text, "\\n", "\n");
   return text;
  }

string JournalFacts()
  {
   return IntegerToString(ArraySize(g_lsEntries))+" "+IntegerToString(g_lsFence);
  }

string RunPart(const string &p[], const int count)
  {
   if(p[0]=="parse")
      return Reread(p[1]);
   if(p[0]=="hmac")
      return HmacOfHex(p[1], p[2]);
   if(p[0]=="mac")
      return LsMac(p[1], Unfolded(p[2]));
   if(p[0]=="sha")
      return LsSha256Hex(Unfolded(p[1]));
   if(p[0]=="device-key" && count==7)
      return LsDeviceKey(p[1], p[2], p[3], p[4], p[5], p[6]);
   if(p[0]=="code")
      return LsCleanCode(p[1]);
   if(p[0]=="magic")
      return IntegerToString(LsMagicOf(p[1]));
   if(p[0]=="decimal")
      return LsDecimal(StringToDouble(p[1]), 8);
   if(p[0]=="retcode")
      return LsRefusalOf((int)StringToInteger(p[1]));
   if(p[0]=="legal")
      return LsVolumeLegal("EURUSD", StringToDouble(p[1])) ? "1" : "0";
   if(p[0]=="journal")
      return LsOpenJournal() ? JournalFacts() : "closed";
   return "unknown";
  }

void RunParts()
  {
   string lines[], parts[];
   int count = 0, file = FileOpen("in.txt", FILE_READ|FILE_TXT|FILE_ANSI);
   while(file!=INVALID_HANDLE && !FileIsEnding(file))
     {
      ArrayResize(lines, count+1);
      lines[count] = FileReadString(file);
      count++;
     }
   FileClose(file);
   file = FileOpen("out.txt", FILE_WRITE|FILE_TXT|FILE_ANSI);
   for(int i=0; i<count; i++)
     {
      int size = StringSplit(lines[i], '\t', parts);
      FileWriteString(file, RunPart(parts, size)+"\n");
     }
   FileFlush(file);
   FileClose(file);
  }
#endif
