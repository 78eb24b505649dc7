//--- SHA-256, HMAC (RFC 2104) and the keys of the protocol. CryptEncode ignores its key for hashes,
//--- so the HMAC is built here.
#ifndef LOCKSTEP_HASH_MQH
#define LOCKSTEP_HASH_MQH

#define LS_BLOCK 64

// UTF-8 bytes of a text, without the zero that StringToCharArray adds.
void LsBytes(const string text, uchar &bytes[])
  {
   int size = StringToCharArray(text, bytes, 0, WHOLE_ARRAY, CP_UTF8);
   ArrayResize(bytes, size>0 ? size-1 : 0);
  }

string LsHex(const uchar &bytes[])
  {
   string digits = "0123456789abcdef", out = "";
   for(int i=0; i<ArraySize(bytes); i++)
      out += StringSubstr(digits, bytes[i]/16, 1)+StringSubstr(digits, bytes[i]%16, 1);
   return out;
  }

void LsFromHex(const string text, uchar &bytes[])
  {
   string digits = "0123456789abcdef";
   int size = StringLen(text)/2;
   ArrayResize(bytes, size);
   for(int i=0; i<size; i++)
      bytes[i] = (uchar)(StringFind(digits, StringSubstr(text, 2*i, 1))*16+StringFind(digits, StringSubstr(text, 2*i+1, 1)));
  }

void LsSha256(const uchar &data[], uchar &digest[])
  {
   uchar none[];
   ArrayResize(none, 0);
   ArrayResize(digest, 0);
   CryptEncode(CRYPT_HASH_SHA256, data, none, digest);
  }

string LsSha256Hex(const string text)
  {
   uchar data[], digest[];
   LsBytes(text, data);
   LsSha256(data, digest);
   return LsHex(digest);
  }

// One pass of the HMAC: the hash of the padded key and the data.
void LsKeyed(const uchar &key[], const int pad, const uchar &data[], uchar &digest[])
  {
   uchar joined[];
   int size = ArraySize(data);
   ArrayResize(joined, LS_BLOCK+size);
   for(int i=0; i<LS_BLOCK; i++)
      joined[i] = (uchar)((i<ArraySize(key) ? key[i] : 0)^pad);
   for(int i=0; i<size; i++)
      joined[LS_BLOCK+i] = data[i];
   LsSha256(joined, digest);
  }

void LsHmac(const uchar &key[], const uchar &data[], uchar &mac[])
  {
   uchar shortKey[], inner[];
   if(ArraySize(key)>LS_BLOCK)
      LsSha256(key, shortKey);
   else
      ArrayCopy(shortKey, key);
   LsKeyed(shortKey, 0x36, data, inner);
   LsKeyed(shortKey, 0x5C, inner, mac);
  }

// HMAC over a text, with a key of raw bytes given in hex.
string LsMac(const string keyHex, const string text)
  {
   uchar key[], data[], mac[];
   LsFromHex(keyHex, key);
   LsBytes(text, data);
   LsHmac(key, data, mac);
   return LsHex(mac);
  }

// The device key of a pairing; a secret's key bytes are its characters.
string LsDeviceKey(const string secret, const string device, const string login, const string server,
                   const string challenge, const string nonce)
  {
   uchar key[], data[], mac[];
   LsBytes(secret, key);
   LsBytes("lockstep-1 device\n"+device+"\n"+login+"\n"+server+"\n"+challenge+"\n"+nonce, data);
   LsHmac(key, data, mac);
   return LsHex(mac);
  }

// The magic number that carries a key to the broker: 31 bits of a hash, never zero.
long LsMagicOf(const string key)
  {
   uchar data[], digest[];
   LsBytes("magic"+ShortToString(31)+key, data);
   LsSha256(data, digest);
   long magic = ((long)(digest[0]&0x7F)<<24)|((long)digest[1]<<16)|((long)digest[2]<<8)|(long)digest[3];
   return magic==0 ? 1 : magic;
  }

// Hex digits that nobody guesses as long as one of the sources is not known: the counters, the
// account's figures and what was drawn before.
string LsRandomHex(const int digits)
  {
   static string pool = "";
   string out = "";
   while(StringLen(out)<digits)
     {
      pool = LsSha256Hex(pool+IntegerToString((long)GetMicrosecondCount())+IntegerToString(MathRand())
                         +IntegerToString((long)TimeLocal())+IntegerToString((long)GetTickCount())
                         +DoubleToString(AccountInfoDouble(ACCOUNT_EQUITY), 8)+IntegerToString(MathRand()));
      out += pool;
     }
   return StringSubstr(out, 0, digits);
  }

// A pairing code as typed: upper case, letters and digits only.
string LsCleanCode(const string typed)
  {
   string out = "";
   for(int i=0; i<StringLen(typed); i++)
     {
      ushort c = StringGetCharacter(typed, i);
      if(c>='a' && c<='z')
         c = (ushort)(c-32);
      if((c>='0' && c<='9') || (c>='A' && c<='Z'))
         out += ShortToString(c);
     }
   return out;
  }
#endif
